"""Compare the logits of a merged checkpoint and of PEFT's base with the adapter, on the same tokens."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery.errors import UnsupportedError
from lorasurgery.quiet import quietly
from lorasurgery.remote import bring
from lorasurgery.surgery.merging.merge_request import MergeRequest
from lorasurgery.text import reason_of

if TYPE_CHECKING:
    from torch import Tensor, nn

# The shape and the seed of the tokens, where no text is given.
BATCH, LENGTH, SEED = 2, 32, 0


@dataclass(frozen=True)
class Answers:
    """How the logits of two models differ.

    `agreement` is the share of positions where both have the same largest logit.
    """

    max_difference: float
    mean_difference: float
    largest_logit: float
    agreement: float
    tokens: int


def refuse_beforehand(request: MergeRequest, merged: Path, text: str | None) -> None:
    """Refuse models that cannot be run, before any tensor is compared.

    Raises:
        UnsupportedError: several adapters or a weight, which PEFT does not add up like that; no
            config; or a text, and no tokenizer.
    """
    if not (merged / "config.json").is_file():
        raise UnsupportedError(f"{merged} has no config.json, so that nothing says which model to run.")
    if len(request.adapters) != 1 or request.adapters[0].weight != 1:
        raise UnsupportedError(
            "--answers compares with PEFT, which has one adapter at a time; give one, without a weight."
        )
    if text is not None:
        _tokenizer(merged)


def compare_answers(request: MergeRequest, merged: Path, text: str | None) -> Answers:
    """Run both models in float32 on the CPU.

    Raises:
        UnsupportedError: a model does not load, or does not run on tokens.
    """
    import torch

    source = request.adapters[0].adapter.source
    if source is not None and not source.is_current:
        raise UnsupportedError(
            "--answers compares with PEFT, and today's PEFT reads the experts of "
            f"{request.adapters[0].name} in another layout than they were written in. Leave out --answers "
            "to compare tensors alone, or convert the adapter first."
        )
    try:
        with quietly():
            merged_model, adapted_model = _load(merged), _adapted(merged, request)
        inputs = _inputs(merged_model, merged, text)
        with torch.no_grad():
            logits, expected = _logits(merged_model, inputs), _logits(adapted_model, inputs)
    except UnsupportedError:
        raise
    except Exception as error:  # models and tokenizers of others fail in any way
        raise UnsupportedError(
            f"The two models cannot be run: {reason_of(error)}. Leave out --answers to compare tensors alone."
        ) from None
    difference = (logits - expected).abs()
    return Answers(
        max_difference=float(difference.max()),
        mean_difference=float(difference.mean()),
        largest_logit=float(expected.abs().max()),
        agreement=float((logits.argmax(-1) == expected.argmax(-1)).double().mean()),
        tokens=int(inputs["input_ids"].numel()),
    )


def _class(merged: Path) -> Any:
    import transformers

    from lorasurgery.checkpoint.folder import read_json

    name = next(iter(read_json(merged / "config.json").get("architectures") or ()), "")
    model_class = getattr(transformers, name, None)
    if model_class is None:
        raise UnsupportedError(
            f"{merged} names no class of transformers ({name!r}), so that it cannot be run."
        )
    return model_class


def _load(folder: Path) -> nn.Module:
    import torch

    bring(folder)
    model: nn.Module = (
        _class(folder).from_pretrained(folder, dtype=torch.float32, trust_remote_code=False).eval()
    )
    return model


def _adapted(merged: Path, request: MergeRequest) -> nn.Module:
    """Load the base in the class of the merged model, with the adapter on it."""
    import peft
    import torch

    for folder in (request.base.folder, request.adapters[0].folder):
        bring(folder)
    base = _class(merged).from_pretrained(request.base.folder, dtype=torch.float32, trust_remote_code=False)
    model: nn.Module = peft.PeftModel.from_pretrained(base, request.adapters[0].folder).eval()
    return model


def _inputs(model: Any, merged: Path, text: str | None) -> dict[str, Tensor]:
    import torch

    if text is not None:
        return dict(_tokenizer(merged)(text, return_tensors="pt"))
    if model.main_input_name != "input_ids":
        raise UnsupportedError(
            f"{merged} reads {model.main_input_name}, and only models that read tokens can be compared."
        )
    generator = torch.Generator().manual_seed(SEED)
    vocabulary = model.get_input_embeddings().num_embeddings
    length = min(LENGTH, getattr(model.config, "max_position_embeddings", LENGTH) or LENGTH)
    return {"input_ids": torch.randint(0, vocabulary, (BATCH, length), generator=generator)}


def _tokenizer(merged: Path) -> Any:
    from transformers import AutoTokenizer

    try:
        with quietly():
            return AutoTokenizer.from_pretrained(merged, trust_remote_code=False)
    except (OSError, ValueError, KeyError, ImportError):
        raise UnsupportedError(
            f"{merged} has no tokenizer that can be loaded, which --text needs; leave it out to ask on "
            "seeded tokens."
        ) from None


def _logits(model: Any, inputs: dict[str, Tensor]) -> Tensor:
    decoder = {"decoder_input_ids": inputs["input_ids"]} if model.config.is_encoder_decoder else {}
    if "pad_token_id" in model.config and model.config.pad_token_id is None:
        model.config.pad_token_id = 0
    logits: Tensor = model(**inputs, **decoder)[0]
    return logits
