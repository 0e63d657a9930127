"""Read LitGPT's adapters: the folder that `litgpt finetune_lora` leaves.

    lit_model.pth.lora                         {"model": tensors}
    hyperparameters.yaml                       lora_r, lora_alpha, and lora_query, lora_key,
                                               lora_value: which thirds of `attn.qkv` have factors
    model_config.yaml                          n_head, n_query_groups, head_size, the model's name
    transformer.h.3.attn.qkv.lora_A, .lora_B   (n · r, in), (rows of the n thirds, r): one pair
                                               below the other
    transformer.h.3.attn.proj.lora_A, .lora_B  (r, in), (out, r); also mlp.fc_1, mlp.fc_2, mlp.proj,
                                               lm_head

ΔW = lora_alpha / lora_r · B @ A. The rows of qkv are all queries, all keys, all values, of
different heights where heads share keys. In a model like Llama they become three modules. In one
like GPT-NeoX they are one, whose rows go head by head; its factors are the pairs in blocks, of rank
n · r, the rows moved.

Until 2025 the layer was `attn.attn`, and its W went group by group: some queries, a key, a value.
Factors for one or two of the thirds are as above and were put in their places; factors for all
three were added row by row in stored order, so each row has the A of the third in which its number
falls and not of the one to which it belongs. That is what was trained, and it is read so: each
module has rank 3 · r.

Names: models like Llama (Llama, Mistral, Qwen, Gemma, OLMo, SmolLM, ...) and like GPT-NeoX (Pythia,
Dolly, ...). Those of Phi, Falcon and mixtures of experts are refused. Source: litgpt 0.5.13,
`lora.py`, `scripts/convert_lit_checkpoint.py`; litgpt 0.4, `lora.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lorasurgery.adapter import Adapter, Host
from lorasurgery.errors import DamagedFileError, NotACheckpointError, UnsupportedError
from lorasurgery.foreign import quoted, shortened
from lorasurgery.formats._format import Format
from lorasurgery.formats._settings import count, number, read_yaml
from lorasurgery.formats._state_dict import located, misfit, pairs_in
from lorasurgery.lazy import LazyTensor
from lorasurgery.lazy_join import block_diagonal
from lorasurgery.text import listed
from lorasurgery.variants.lora import LoraFactors

if TYPE_CHECKING:
    from torch import Tensor

WEIGHTS_FILE = "lit_model.pth.lora"
SETTINGS_FILE = "hyperparameters.yaml"
CONFIG_FILE = "model_config.yaml"

KEY = re.compile(r"(lm_head|transformer\.h\.\d+\.[\w.]+)\.(lora_A|lora_B)")
LAYER = re.compile(r"transformer\.h\.(\d+)\.(.+)")
THIRDS = ("lora_query", "lora_key", "lora_value")
QKV = {"attn.qkv": False, "attn.attn": True}  # whether it is the old one

# Rows of a projection are put in order by a list of them.
MOST_ROWS = 1 << 24

PHI_LIKE_LLAMA = ("phi-3", "phi-4")
NOT_LIKE_NEOX = ("phi", "falcon", "tiiuae")


@dataclass(frozen=True)
class ModelFamily:
    """transformers' names of a family's modules: packed projection (one or three), and head."""

    layers: str
    modules: Mapping[str, str]
    qkv: tuple[str, ...]
    heads: tuple[str, ...] = ("lm_head",)


LLAMA = ModelFamily(
    "model.layers.",
    {
        "attn.proj": "self_attn.o_proj",
        "mlp.fc_1": "mlp.gate_proj",
        "mlp.fc_2": "mlp.up_proj",
        "mlp.proj": "mlp.down_proj",
    },
    ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj"),
)
NEOX = ModelFamily(
    "gpt_neox.layers.",
    {"attn.proj": "attention.dense", "mlp.fc": "mlp.dense_h_to_4h", "mlp.proj": "mlp.dense_4h_to_h"},
    ("attention.query_key_value",),
    ("lm_head", "embed_out"),
)


@dataclass(frozen=True)
class AttentionRows:
    """The number of query heads, of key (and value) heads, and of rows per head."""

    heads: int
    groups: int
    width: int

    @property
    def heights(self) -> tuple[int, int, int]:
        """Count the rows of all queries, all keys, all values."""
        return self.heads * self.width, self.groups * self.width, self.groups * self.width

    def places(self, third: int) -> Tensor:
        """Find the rows of queries (0), keys (1) or values (2) where W goes group by group."""
        import torch

        heads = torch.arange(sum(self.heights)) // self.width % (self.heads // self.groups + 2)
        last = self.heads // self.groups
        wanted: Tensor = heads < last if third == 0 else heads == last + third - 1
        return wanted.nonzero().flatten()


@dataclass(frozen=True)
class TrainingSettings:
    """What the two files of settings say of the adapter."""

    family: ModelFamily
    attention: AttentionRows
    rank: int
    scale: float
    thirds: tuple[int, ...]
    base_name: str | None


def recognise(path: Path) -> Path | None:
    """Find the folder, given itself or by its file of weights, with LitGPT's settings in it."""
    folder = path.parent if path.name == WEIGHTS_FILE else path
    return folder if all((folder / name).is_file() for name in (WEIGHTS_FILE, SETTINGS_FILE)) else None


def read(folder: Path, host: Host | None = None) -> Adapter:
    """Read an adapter: names, shapes and settings only.

    Raises:
        DamagedFileError: settings are missing or of the wrong type, or tensors contradict them.
        UnsupportedError: a model of a kind that is not known, or a tensor that is not a factor.
        AlignmentError: it has factors for modules that the host does not have.
    """
    from lorasurgery.checkpoint.pickle_file import open_pickle

    trained = _trained(folder)
    path = folder / WEIGHTS_FILE
    stored: dict[str, dict[str, LazyTensor]] = {}
    for name, tensor in open_pickle(path)[0].items():
        found = KEY.fullmatch(name)
        if found is None:
            raise UnsupportedError(
                f"{path} cannot be read because of {name!r}: factors (lora_A, lora_B) are expected, and "
                "nothing else."
            )
        stored.setdefault(found[1], {})[found[2]] = tensor
    modules: dict[str, LoraFactors] = {}
    for name, A, B in pairs_in(path, stored, ("lora_A", "lora_B")):
        modules |= _modules(path, name, A, B, trained, host)
    spell = located(folder, modules, host) if host else lambda name: name
    return Adapter(
        host=host or Host(modules=(), base_name=trained.base_name),
        modules={spell(name): factors for name, factors in sorted(modules.items())},
    )


def _trained(folder: Path) -> TrainingSettings:
    (settings_file, settings), (config_file, config) = (
        _file(folder, SETTINGS_FILE),
        _file(folder, CONFIG_FILE),
    )
    rank = count(settings_file, "lora_r", settings.get("lora_r"))
    keys = ("n_head", "n_query_groups", "head_size")
    heads, groups, width = (count(config_file, key, config.get(key)) for key in keys)
    if heads % groups:
        raise DamagedFileError(
            f"{config_file}: n_head is {heads}, which n_query_groups ({groups}) does not divide."
        )
    if heads * width > MOST_ROWS:
        raise DamagedFileError(
            f"{config_file}: n_head {heads} times head_size {width} is more rows than any model has."
        )
    return TrainingSettings(
        family=_family(folder, config),
        attention=AttentionRows(heads, groups, width),
        rank=rank,
        scale=number(settings_file, "lora_alpha", settings.get("lora_alpha")) / rank,
        thirds=tuple(third for third, key in enumerate(THIRDS) if settings.get(key)),
        base_name=_base_name(config),
    )


def _file(folder: Path, name: str) -> tuple[Path, dict[str, Any]]:
    path = folder / name
    if not path.is_file():
        raise NotACheckpointError(f"{path} is missing, without which LitGPT's factors cannot be assigned.")
    return path, read_yaml(path)


def _family(folder: Path, config: Mapping[str, Any]) -> ModelFamily:
    name, mlp = config.get("name"), config.get("mlp_class_name")
    if not isinstance(name, str):
        raise DamagedFileError(
            f"{folder / CONFIG_FILE}: name is {quoted(name)}, and should be that of a model."
        )
    if mlp in ("LLaMAMLP", "GemmaMLP") and not name.lower().startswith(PHI_LIKE_LLAMA):
        return LLAMA
    if mlp == "GptNeoxMLP" and not name.lower().startswith(NOT_LIKE_NEOX):
        return NEOX
    raise UnsupportedError(
        f"{folder} is for {shortened(name)!r} ({quoted(mlp)}), whose names in transformers are not known "
        "here; those of models like Llama and like GPT-NeoX are. "
        "Merge it with `litgpt merge_lora`, and extract the adapter from the result."
    )


def _base_name(config: Mapping[str, Any]) -> str | None:
    source = config.get("hf_config")
    org, name = (source.get("org"), source.get("name")) if isinstance(source, Mapping) else (None, None)
    return f"{org}/{name}" if isinstance(org, str) and isinstance(name, str) else None


def _modules(
    path: Path, name: str, A: LazyTensor, B: LazyTensor, trained: TrainingSettings, host: Host | None
) -> dict[str, LoraFactors]:
    """Give the modules of transformers that one of LitGPT's is, with their factors."""
    family = trained.family
    if name == "lm_head":
        known = [head for head in family.heads if host and head in host.modules]
        return {(known or family.heads)[0]: _plain(path, name, A, B, trained)}
    layer = LAYER.fullmatch(name)
    assert layer is not None, "KEY has no other names"
    stem, part = f"{family.layers}{layer[1]}.", layer[2]
    if part in QKV:
        found = _packed(path, name, A, B, trained, is_old=QKV[part])
        return {stem + module: factors for module, factors in found.items()}
    if part not in family.modules:
        raise UnsupportedError(
            f"{path} has factors for {name!r}, whose name in transformers is not known; "
            f"{listed(sorted(family.modules))} are."
        )
    return {stem + family.modules[part]: _plain(path, name, A, B, trained)}


def _plain(path: Path, name: str, A: LazyTensor, B: LazyTensor, trained: TrainingSettings) -> LoraFactors:
    if A.shape[0] != trained.rank or B.shape[1] != trained.rank:
        raise misfit(path, name, {"lora_A": A, "lora_B": B})
    return LoraFactors(A, B, trained.scale)


def _packed(
    path: Path, name: str, A: LazyTensor, B: LazyTensor, trained: TrainingSettings, *, is_old: bool
) -> dict[str, LoraFactors]:
    """Give the module or modules of the packed projection."""
    pairs = _pairs(path, name, A, B, trained)
    as_they_lie = is_old and len(pairs) == len(THIRDS)
    if len(trained.family.qkv) > 1 and not as_they_lie:
        return {trained.family.qkv[third]: LoraFactors(*pair, trained.scale) for third, pair in pairs.items()}
    whole = block_diagonal([right for _, right in pairs.values()])
    if len(trained.family.qkv) > 1:
        places = {module: trained.attention.places(third) for third, module in enumerate(trained.family.qkv)}
        return {
            module: LoraFactors(A, whole.reordered(rows), trained.scale) for module, rows in places.items()
        }
    if not as_they_lie:
        whole = _put(whole, trained.attention, tuple(pairs))
    return {trained.family.qkv[0]: LoraFactors(A, whole, trained.scale)}


def _pairs(
    path: Path, name: str, A: LazyTensor, B: LazyTensor, trained: TrainingSettings
) -> dict[int, tuple[LazyTensor, LazyTensor]]:
    """Split the factors into the A and the B of each third that is adapted."""
    heights = [trained.attention.heights[third] for third in trained.thirds]
    if (A.shape[0], *B.shape) != (trained.rank * len(heights), sum(heights), trained.rank):
        wanted = " and ".join(THIRDS[third] for third in trained.thirds) or "none of the thirds"
        raise DamagedFileError(
            f"{path}: the factors of {name!r} are {A.shape} and {B.shape}, which {wanted} of rank "
            f"{trained.rank} do not have; "
            f"check {SETTINGS_FILE} and {CONFIG_FILE}."
        )
    found, start = {}, 0
    for i, (third, height) in enumerate(zip(trained.thirds, heights, strict=True)):
        rows = A.sliced(i * trained.rank, (i + 1) * trained.rank), B.sliced(start, start + height)
        found[third], start = rows, start + height
    return found


def _put(B: LazyTensor, attention: AttentionRows, thirds: tuple[int, ...]) -> LazyTensor:
    """Put the rows of some thirds in their places among zeros, group by group."""
    import torch

    shape = (sum(attention.heights), B.shape[1])

    def spread(t: Tensor) -> Tensor:
        found = torch.zeros(shape, dtype=t.dtype)
        found[torch.cat([attention.places(third) for third in thirds])] = t
        return found

    return B.map(spread, shape=shape)


FORMAT = Format(
    name="litgpt",
    recognise=recognise,
    read=read,
)
