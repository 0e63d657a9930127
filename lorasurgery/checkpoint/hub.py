"""Checkpoints by their name on the Hub, by ranges of their files or through `huggingface_hub`'s own cache.

A model that the cache has is read from there, and so is everything without a network. Of another model,
only the ranges that are needed are fetched, where the package obstore is installed; without it, the
configuration and the weights are fetched into the cache, and of the weights only the layout that will be
read. Adapters are small, and always cached.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from lorasurgery.checkpoint.absence import near_path
from lorasurgery.checkpoint.folder import FORMER_UNDO_FILE, WEIGHT_SUFFIXES, WHOLE_FILES, shard_names
from lorasurgery.checkpoint.hub_names import split_name, with_owner
from lorasurgery.checkpoint.hub_ranges import are_cached, can_read_ranges, stand_in_for
from lorasurgery.errors import HubError
from lorasurgery.text import reason_of

MODEL_CARD = "README.md"
ADAPTER_FILE = r"adapter_config\.json|adapter_model\.(safetensors|bin)"
# Seconds for the one question that tells whether the Hub is in reach.
REACH_TIMEOUT_S = 10.0


@dataclass(frozen=True)
class HubListing:
    """The files of a repository with their sizes, and the commit that its revision is now."""

    sizes: Mapping[str, int]
    commit: str

    def has_sizes_of(self, files: Iterable[str]) -> bool:
        """Whether the sizes of all of these files are known, without which no range can be asked for."""
        return all(self.sizes.get(file) for file in files)


def fetch(name: str, *, side_files: bool = False) -> Path:
    """Return the folder of a checkpoint's files in the cache, or one that stands in for them.

    Args:
        side_files: bring along what else makes it a model: tokenizer, generation settings,
            templates.

    Raises:
        HubError: the name is unknown, access is refused, or the network is needed and absent.
    """
    repo, revision = split_name(name)
    listed = _list_files(name, repo, revision)
    if listed is None:
        return _cached(name, repo, revision)
    whole = next((file for file in WHOLE_FILES if file in listed.sizes), None)
    if whole is None:
        raise HubError(
            f"{name} has none of {', '.join(WHOLE_FILES)}: download the file that you mean and give its path."
        )
    shards = shard_names(_download(repo, revision, whole)) if whole.endswith(".json") else ()
    beside = [file for file in sorted(listed.sizes) if _is_side_file(file)] if side_files else ["config.json"]
    wanted = [whole, *shards, *(file for file in beside if file in listed.sizes)]
    if (
        can_read_ranges()
        and listed.has_sizes_of([whole, *shards])
        and not are_cached(repo, listed.commit, wanted)
    ):
        return stand_in_for(name, repo, listed.commit, {file: listed.sizes[file] for file in wanted})
    paths = [_download(repo, revision, file) for file in wanted]
    return paths[0].parent


def fetch_adapter(name: str) -> Path:
    """Bring an adapter's config, weights and model card into the cache and return their folder.

    Raises:
        HubError: the name is unknown, access is refused, or the network is needed and absent.
    """
    repo, revision = split_name(name)
    listed = _list_files(name, repo, revision)
    if listed is None:
        return _cached(name, repo, revision)
    wanted = [file for file in sorted(listed.sizes) if re.fullmatch(ADAPTER_FILE, file)]
    if not wanted:
        raise HubError(f"{name} holds no adapter: it has none of adapter_config.json and adapter_model.*.")
    # The model card may say who trained it, on which the order of fused experts depends.
    wanted += [MODEL_CARD] if MODEL_CARD in listed.sizes else []
    paths = [_download(repo, revision, file) for file in wanted]
    return paths[0].parent


def _is_side_file(file: str) -> bool:
    """Return whether a file belongs to a model besides its weights, such as its config or undo record."""
    is_of_weights = file.endswith((*WEIGHT_SUFFIXES, ".index.json")) and file != FORMER_UNDO_FILE
    return not is_of_weights and not file.startswith(".")


def _list_files(name: str, repo: str, revision: str | None) -> HubListing | None:
    """The repository's files, or None where the Hub is out of reach."""
    from huggingface_hub import HfApi, errors

    try:
        info = HfApi().repo_info(repo, revision=revision, timeout=REACH_TIMEOUT_S, files_metadata=True)
    except errors.GatedRepoError:
        raise HubError(
            f"{repo} is gated: accept its terms on its page, then log in with `hf auth login`."
        ) from None
    except (errors.RepositoryNotFoundError, errors.RevisionNotFoundError, errors.HFValidationError):
        raise HubError(
            f"'{name}' is not a path here, and the Hub has no such repository or revision (a "
            f"private one needs `hf auth login`).{near_path(name)}"
        ) from None
    except Exception:
        # The errors of an absent network are those of the HTTP library, which changes with
        # huggingface_hub's version.
        return None
    return HubListing({file.rfilename: file.size or 0 for file in info.siblings or ()}, info.sha)


def _cached(name: str, repo: str, revision: str | None) -> Path:
    from huggingface_hub import errors, snapshot_download

    for known in dict.fromkeys((repo, with_owner(repo))):
        try:
            return Path(snapshot_download(known, revision=revision, local_files_only=True))
        except (errors.LocalEntryNotFoundError, errors.HFValidationError, OSError):
            continue
    raise HubError(
        f"'{name}' is not a path here, the Hub is out of reach and its cache does not hold it. "
        f"Run `hf download {repo}` where there is a network, or give a local folder.{near_path(name)}"
    )


def _download(repo: str, revision: str | None, file: str) -> Path:
    from huggingface_hub import hf_hub_download

    try:
        return Path(hf_hub_download(repo, file, revision=revision))
    except Exception as error:  # as in `_list_files`
        raise HubError(f"{repo}/{file} could not be fetched: {reason_of(error)}") from None
