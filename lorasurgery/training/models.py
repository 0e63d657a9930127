"""A model for a task, with its tokenizer: through transformers' auto classes, without code from elsewhere.

The heads of a model are what stands outside its encoder or decoder, and whatever its checkpoint did
not have: they are trained as a whole.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery.checkpoint.absence import absent
from lorasurgery.checkpoint.folder import read_json
from lorasurgery.checkpoint.hub_names import is_hub_name, split_name
from lorasurgery.errors import NotACheckpointError, SurgeryError, UnsupportedError
from lorasurgery.paths import expanded
from lorasurgery.quiet import quietly
from lorasurgery.remote import bring
from lorasurgery.stamp import FileStamp
from lorasurgery.text import reason_of
from lorasurgery.training import kinds
from lorasurgery.training.kinds._task import Task

if TYPE_CHECKING:
    from torch import nn

# Tokens of an example where the user does not say.
DEFAULT_MAX_TOKENS = 128
# Any one of them is a tokenizer, or the settings of one.
TOKENIZER_FILES = (
    "tokenizer.json",
    "tokenizer_config.json",
    "tokenizer.model",
    "vocab.txt",
    "vocab.json",
    "spiece.model",
    "sentencepiece.bpe.model",
    "merges.txt",
)
# Two answers in float32 that differ by less, relative to the largest number, are the same but for
# rounding.
SAME_ANSWER = 1e-4
# Classes of transformers that have a head for labels.
HAS_LABELS = ("ForSequenceClassification", "ForTokenClassification")


@dataclass(frozen=True)
class LoadedModel:
    """A model in memory.

    `heads` are the modules that are trained as a whole, by their full names; `missing` the
    parameters that no file had.
    """

    name: str
    model: nn.Module
    tokenizer: Any
    heads: tuple[str, ...]
    missing: tuple[str, ...]

    @property
    def is_outline(self) -> bool:
        """Whether the parameters have shapes and no numbers, as for a dry run."""
        return all(each.is_meta for each in self.model.parameters())


def known_labels(name: str) -> tuple[str, ...]:
    """The labels that a model was trained for; none where it has no head for labels yet.

    Raises:
        NotACheckpointError: transformers finds no model there.
    """
    config = _config(name)
    with _told(name, "model"):
        classes = getattr(config, "architectures", None) or ()
        if not any(each.endswith(HAS_LABELS) for each in classes) or config.problem_type == "regression":
            return ()
        labels = [str(config.id2label[index]) for index in range(config.num_labels)]
    # transformers' own placeholders stand for the numbers.
    return tuple(label.removeprefix("LABEL_") for label in labels)


def load_tokenizer(name: str) -> Any:
    """A model's tokenizer, with something to pad with.

    Raises:
        NotACheckpointError: there is none.
    """
    from transformers import AutoTokenizer

    place, which = _located(name)
    if Path(place).is_dir() and not any((Path(place) / file).is_file() for file in TOKENIZER_FILES):
        raise NotACheckpointError(
            f"{name} has no tokenizer (tokenizer.json, vocab.txt, tokenizer.model, ...); copy the files of "
            "the model's own tokenizer into it."
        )
    with quietly(), _told(name, "tokenizer"):
        tokenizer = AutoTokenizer.from_pretrained(place, trust_remote_code=False, **which)
        if tokenizer.pad_token_id is None:
            tokenizer.pad_token = tokenizer.eos_token
    return tokenizer


def load_model(name: str, task: Task, tokenizer: Any, *, as_outline: bool = False) -> LoadedModel:
    """A model with a head for the task, in float32; what its checkpoint lacks is made anew from
    torch's current seed.

    Args:
        as_outline: read headers alone: parameters have shapes and no numbers.

    Raises:
        NotACheckpointError, UnsupportedError: transformers cannot load it for this task.
    """
    import torch
    import transformers

    auto = getattr(transformers, kinds.model_task(task.kind).auto_class)
    place, which = _located(name)
    with _unchanged(Path(place)), quietly(), _told(name, "model"):
        model, info = auto.from_pretrained(
            place,
            **task.settings,
            **which,
            dtype=torch.float32,
            output_loading_info=True,
            trust_remote_code=False,
            **({"device_map": "meta"} if as_outline else {}),
        )
        if as_outline:
            model.tie_weights()  # which transformers leaves undone without numbers
    if model.config.get_text_config().pad_token_id is None:
        model.config.get_text_config().pad_token_id = tokenizer.pad_token_id
    if task.kind == "causal" and not as_outline:
        _check_causal(name, model)
    missing = tuple(sorted(map(str, info["missing_keys"])))
    return LoadedModel(name, model, tokenizer, _heads(model, missing, task), missing)


@contextmanager
def _unchanged(folder: Path) -> Iterator[None]:
    """Refuse a model whose files were written to while transformers read them.

    Raises:
        DamagedFileError: its numbers may be half of one model and half of another.
    """
    files = sorted(path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else []
    stamps = {path: FileStamp.of(path.stat()) for path in files}
    yield
    for path, stamp in stamps.items():
        stamp.check(path, path.stat())


def _check_causal(name: str, model: nn.Module) -> None:
    """Refuse a model that sees the token that it is to tell, as an encoder does without
    `is_decoder` in its config.

    Raises:
        UnsupportedError: what the model says of the first token depends on the second.
    """
    import torch

    with torch.no_grad():
        first, other = model(input_ids=torch.tensor([[1, 2], [1, 3]])).logits[:, 0]
    if not torch.allclose(first, other, rtol=SAME_ANSWER, atol=SAME_ANSWER * float(first.abs().max())):
        raise UnsupportedError(
            f"--kind causal needs a model that reads from left to right, and {name} sees the tokens that "
            "follow as well "
            f"({type(model).__name__}): it would learn to copy them. Choose a decoder, such as GPT-2 or "
            "Llama."
        )


def longest(name: str, tokenizer: Any, asked: int | None) -> int:
    """How many tokens an example may have: what is asked for, as far as the model goes."""
    text_config = _config(name).get_text_config()
    # Padding takes the first positions of RoBERTa and its kin.
    offset = 2 if text_config.model_type in ("roberta", "xlm-roberta", "camembert") else 0
    with _told(name, "model"):
        room = int(getattr(text_config, "max_position_embeddings", None) or DEFAULT_MAX_TOKENS)
        limit = min(room - offset, int(min(tokenizer.model_max_length, 2**31)))
    if asked is not None and asked > limit:
        raise UnsupportedError(
            f"--max-tokens {asked} is more than {name} has room for: {limit}. Ask for no more than that."
        )
    return asked or min(DEFAULT_MAX_TOKENS, limit)


def _heads(model: nn.Module, missing: Sequence[str], task: Task) -> tuple[str, ...]:
    """Without labels nothing stands outside that should move."""
    body = str(getattr(model, "base_model_prefix", ""))
    made = {name.rpartition(".")[0] for name in missing}
    if "num_labels" in task.settings:
        outside = {
            name
            for name, module in model.named_children()
            if name != body and any(True for _ in module.parameters())
        }
        made = {name for name in made if not any(name.startswith(f"{head}.") for head in outside)} | outside
    return tuple(sorted(made))


def _config(name: str) -> Any:
    from transformers import AutoConfig

    place, which = _located(name)
    with quietly(), _told(name, "model"):
        return AutoConfig.from_pretrained(place, trust_remote_code=False, **which)


def _located(name: str) -> tuple[str, dict[str, str]]:
    """What transformers is to load: a path, or a repository with its revision.

    Raises:
        NotACheckpointError: there is nothing, or an adapter instead of a model.
    """
    path = expanded(name)
    if not path.exists():
        if not is_hub_name(name):
            raise NotACheckpointError(absent(name, "a model's folder"))
        repository, revision = split_name(name)
        return repository, {} if revision is None else {"revision": revision}
    config = path / "adapter_config.json"
    if config.is_file() and not (path / "config.json").is_file():
        base = read_json(config).get("base_model_name_or_path")
        its = f", for example {base}" if isinstance(base, str) and base else ""
        raise NotACheckpointError(
            f"{name} is an adapter, and the model comes first{its}; an adapter follows it: `lorasurgery "
            f"evaluate MODEL {name}`."
        )
    bring(path)
    return str(path), {}


@contextmanager
def _told(name: str, what: str) -> Iterator[None]:
    """Turn what transformers raises into a line."""
    try:
        yield
    except SurgeryError:
        raise
    except MemoryError:
        raise
    except Exception as error:  # tokenizers raises plain ones, and a config of a wrong type any
        if "trust_remote_code" in str(error):
            raise UnsupportedError(
                f"{name}: the {what} needs Python code from its folder (`auto_map`), which is never run "
                "here; only classes of transformers itself are loaded."
            ) from None
        raise NotACheckpointError(
            f"{name}: transformers loads no {what} for this task from there ({reason_of(error)}); a folder "
            "or a Hub name that its auto classes load is expected."
        ) from None
