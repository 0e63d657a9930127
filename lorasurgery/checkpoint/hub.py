"""Checkpoints by their name on the Hub, through `huggingface_hub`'s own cache.

Only the configuration and the weights are fetched, and of the weights
only the layout that will be read. Without a network, what the cache holds is used.
"""

from __future__ import annotations

import re
from pathlib import Path

from lorasurgery.checkpoint.absence import near_path
from lorasurgery.checkpoint.folder import FORMER_UNDO_FILE, WEIGHT_SUFFIXES, WHOLE_FILES, shard_names
from lorasurgery.checkpoint.hub_names import split_name, with_owner
from lorasurgery.errors import HubError
from lorasurgery.text import reason_of

MODEL_CARD = "README.md"
ADAPTER_FILE = r"adapter_config\.json|adapter_model\.(safetensors|bin)"
# Seconds for the one question that tells whether the Hub is in reach.
REACH_TIMEOUT_S = 10.0


def fetch(name: str, *, side_files: bool = False) -> Path:
    """Bring a checkpoint's files into the cache and return their folder.

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
    whole = next((file for file in WHOLE_FILES if file in listed), None)
    if whole is None:
        raise HubError(
            f"{name} has none of {', '.join(WHOLE_FILES)}: download the file that you mean and give its path."
        )
    path = _download(repo, revision, whole)
    for shard in shard_names(path) if whole.endswith(".json") else ():
        _download(repo, revision, shard)
    for file in sorted(listed) if side_files else ["config.json"]:
        if file in listed and _is_side_file(file):
            _download(repo, revision, file)
    return path.parent


def fetch_adapter(name: str) -> Path:
    """Bring an adapter's config, weights and model card into the cache and return their folder.

    Raises:
        HubError: the name is unknown, access is refused, or the network is needed and absent.
    """
    repo, revision = split_name(name)
    listed = _list_files(name, repo, revision)
    if listed is None:
        return _cached(name, repo, revision)
    wanted = [file for file in sorted(listed) if re.fullmatch(ADAPTER_FILE, file)]
    if not wanted:
        raise HubError(f"{name} holds no adapter: it has none of adapter_config.json and adapter_model.*.")
    # The model card may say who trained it, on which the order of fused experts depends.
    wanted += [MODEL_CARD] if MODEL_CARD in listed else []
    paths = [_download(repo, revision, file) for file in wanted]
    return paths[0].parent


def _is_side_file(file: str) -> bool:
    """Return whether a file belongs to a model besides its weights, such as its config or undo record."""
    is_of_weights = file.endswith((*WEIGHT_SUFFIXES, ".index.json")) and file != FORMER_UNDO_FILE
    return not is_of_weights and not file.startswith(".")


def _list_files(name: str, repo: str, revision: str | None) -> set[str] | None:
    """The repository's files, or None where the Hub is out of reach."""
    from huggingface_hub import HfApi, errors

    try:
        info = HfApi().repo_info(repo, revision=revision, timeout=REACH_TIMEOUT_S)
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
    return {file.rfilename for file in info.siblings or ()}


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
