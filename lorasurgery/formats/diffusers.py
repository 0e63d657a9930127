"""diffusers' files: one file of tensors, named by the part of the pipeline and the path inside it.

    unet.down_blocks.0.attentions.0.proj_in.lora_A.weight (r, in, *kernel)
    unet.down_blocks.0.attentions.0.proj_in.lora_B.weight (out, r, 1, ...)
    transformer.transformer_blocks.0.attn.norm_q.weight (n,)
        what a norm's weight becomes, in control LoRAs
    .lora_B.bias (out), .lora_magnitude_vector (out,) or (1, out, 1, 1)
        where LoRA has a bias, or is DoRA
    header: lora_adapter_metadata
        PEFT's config of each part, as JSON: "unet.r": 4, ...

The scale is lora_alpha / r by that config (the root of r with use_rslora), or by a tensor `.alpha`;
without either it is 1.

Also read, as diffusers wrote them: `.lora.down.weight` and `.lora.up.weight`,
`.lora_linear_layer.down.weight`, `.processor.to_q_lora.down.weight` (a module `to_q`; of a text
encoder, `q_proj`), and names without a part, which are the UNet's.
Written: the form above; the header only where a scale is not 1, since diffusers before 0.35 does
not read it.
Source: diffusers 0.42.1, `loaders/lora_base.py`, `loaders/peft.py`, `utils/state_dict_utils.py`.
"""

from __future__ import annotations

import dataclasses
import json
import math
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from lorasurgery.adapter import Adapter, Host
from lorasurgery.architecture.image_inputs import INPUT_LAYERS
from lorasurgery.errors import DamagedFileError
from lorasurgery.formats._format import Format
from lorasurgery.formats._image import image_file
from lorasurgery.formats._image.header_alpha import METADATA, HeaderAlpha, header_of
from lorasurgery.formats._image.header_words import without_method, words_in
from lorasurgery.formats._image.image_file import (
    ModuleFactors,
    adapter_of,
    bare_parameters,
    refusals_of_all,
    scales_of,
    without_embeddings,
)
from lorasurgery.formats._image.lycoris_reader import lora_of_peft
from lorasurgery.formats._image.lycoris_tensors import (
    DOWN,
    SET,
    UP,
    LycorisModuleTensors,
    by_module,
    everything,
)
from lorasurgery.formats._image.lycoris_writer import tensors_of
from lorasurgery.formats._image.open_clip import module_refusal
from lorasurgery.formats._image.pipeline import NOT_DIFFUSERS, PART, UNET, WHERE, class_of, in_pipeline
from lorasurgery.formats._image.renaming import (
    FileName,
    family_of,
    family_without_diffusers_files,
    in_naming,
    placed,
)
from lorasurgery.formats._image.replaced_norms import replaced_vector
from lorasurgery.formats._image.text_encoders import encoders_named
from lorasurgery.formats._stated_base import base_metadata
from lorasurgery.formats.peft.matching import value_patterns
from lorasurgery.lazy import LazyTensor
from lorasurgery.lazy_join import zeros
from lorasurgery.text import listed
from lorasurgery.variants.dora import DoraFactors
from lorasurgery.variants.edit import Factors
from lorasurgery.variants.lora import LoraFactors
from lorasurgery.variants.replaced_vector import ReplacedVectorFactors

HOLDS = (LoraFactors, DoraFactors, ReplacedVectorFactors)

# What stands behind a module's path: the tensor, by the names of `lycoris_reader`, and a bias of
# LoRA's own.
ENDS = {
    ".lora_A.weight": DOWN,
    ".lora_B.weight": UP,
    ".lora_A.default.weight": DOWN,
    ".lora_B.default.weight": UP,
    ".lora.down.weight": DOWN,
    ".lora.up.weight": UP,
    ".lora_linear_layer.down.weight": DOWN,
    ".lora_linear_layer.up.weight": UP,
    "_lora.down.weight": DOWN,
    "_lora.up.weight": UP,
    ".lora_B.bias": "lora_B.bias",
    ".lora_B.default.bias": "lora_B.bias",
    ".lora_magnitude_vector": "dora_scale",
    ".lora_magnitude_vector.weight": "dora_scale",
    ".lora_magnitude_vector.default.weight": "dora_scale",
    ".alpha": "alpha",
}
# Norms that a control LoRA replaces.
NORM = re.compile(r"(?P<module>.+\.norm_(?:added_)?[qk])\.weight")
# The classes whose loader takes them.
FLUX = ("FluxTransformer", "ChromaTransformer")
SPELLINGS = {DOWN: "lora_A.weight", UP: "lora_B.weight", "dora_scale": "lora_magnitude_vector"}
KEY = re.compile(rf"(?P<module>.+?)(?P<end>{'|'.join(map(re.escape, ENDS))})")

# CLIP as transformers 5 has it, whose class is its text model.
CLIP = re.compile(r"^(text_encoder(?:_\d+)?)\.(?=encoder\.layers\.\d+\.|final_layer_norm$)")

# The old processors' names for the projections of CLIP.
OF_TEXT_ENCODER = {"to_q": "q_proj", "to_k": "k_proj", "to_v": "v_proj", "to_out": "out_proj"}


def recognise(path: Path) -> Path | None:
    """Find the file, or the only one in a folder, with a tensor whose name is of this kind."""
    return image_file.find(path, _is_ours)


def _is_ours(key: str) -> bool:
    found = KEY.fullmatch(key)
    has_part = PART.fullmatch(key.partition(".")[0]) is not None or key.startswith(UNET)
    return has_part and found is not None and found["end"] != ".alpha"


def read(path: Path, host: Host | None = None, *, keep: Callable[[str], bool] = everything) -> Adapter:
    """Read an adapter: the file's header, and every alpha.

    Raises:
        DamagedFileError: tensors are missing, doubled, or contradict each other, or the header's
            config does.
        UnsupportedError: a tensor of something that is not read.
        AlignmentError: names that are not modules of the host.
    """
    from lorasurgery.checkpoint import open_checkpoint

    tensors, notes = without_embeddings(path, open_checkpoint(path).tensors)
    stored = by_module(path, tensors, _parsed, keep=keep)
    header = header_of(path, stored)
    modules = {
        name: _found(LycorisModuleTensors(f"{path}: {name!r}", parts, SPELLINGS), header, name)
        for name, parts in stored.items()
    }
    if host is not None:
        modules = placed(path, modules, {name: _file_name(name) for name in modules}, host)
    adapter = adapter_of(modules, host, "", (*notes, *header.notes(scales_of(modules))))
    return dataclasses.replace(adapter, metadata=words_in(path))


def refusals(adapter: Adapter) -> list[str]:
    """Say what of this adapter such a file cannot carry."""
    kind = "diffusers' files"
    paths = {path: in_pipeline(path, adapter.host) for path in adapter.modules}
    strangers = [
        path
        for path, whole in paths.items()
        if whole is None or not PART.fullmatch(whole.partition(".")[0]) or NOT_DIFFUSERS.match(whole)
    ]
    found = list(refusals_of_all(adapter, kind))
    if strangers:
        found.append(
            f"{listed(sorted(strangers))} are not by the names of a pipeline's parts, which begin with "
            "unet. or the like. "
            "Write kohya or comfyui: diffusers reads those of the models that it knows."
        )
    if family := family_without_diffusers_files(adapter):
        found.append(
            f"no program reads LoRA files of {family} by diffusers' names, and diffusers has no loader for "
            "them. Write comfyui or kohya."
        )
    if bare := bare_parameters(adapter):
        found.append(f"{kind} have no place for parameters without a layer ({listed(bare)}). Write comfyui.")
    norms = {path for path, each in adapter.modules.items() if isinstance(each, ReplacedVectorFactors)}
    known = class_of(adapter.host)
    in_flux = known.startswith(FLUX) if known else "Flux.1" in family_of(adapter)
    odd = [path for path in norms if not in_flux or not NORM.fullmatch(f"{paths[path] or path}.weight")]
    if odd:
        found.append(
            f"{kind} replace the norms of queries and keys of Flux.1's transformer, and no others "
            f"({listed(sorted(odd))}). Write comfyui or kohya, which have changes of norms."
        )
    return [*found, *_modules_refused(adapter, kind)]


def plan(adapter: Adapter) -> tuple[dict[str, str], dict[str, LazyTensor]]:
    """Lay the adapter out, without reading it: the header's metadata, and the tensors by key, sorted."""
    modules = {in_pipeline(path, adapter.host) or path: path for path in sorted(adapter.modules)}
    factors = {name: adapter.modules[path] for name, path in modules.items()}
    biased = {name.partition(".")[0] for name, each in factors.items() if getattr(each, "bias", None)}
    laid_out = {
        f"{name}.{end}": tensor
        for name, path in modules.items()
        for end, tensor in _tensors(
            factors[name], adapter.host.kernels.get(path, ()), has_bias=name.partition(".")[0] in biased
        ).items()
    }
    header = {"format": "pt", **without_method(adapter.metadata)}
    if any(getattr(each, "scale", 1.0) != 1 for each in factors.values()):
        header[METADATA] = json.dumps(_config(factors, biased), indent=2, sort_keys=True)
    return header, dict(sorted(laid_out.items()))


def write(adapter: Adapter, target: Path, progress: Callable[[int], None] | None = None) -> None:
    """Write the adapter as a file; each tensor is read only when it is written.

    `progress` is given the bytes of each tensor.

    Raises:
        NoSpaceError: the disk is full.
    """
    from lorasurgery.checkpoint import write_safetensors

    header, laid_out = plan(adapter)
    write_safetensors(target, laid_out, header | base_metadata(adapter.host), progress)


def _parsed(key: str) -> tuple[str, str] | None:
    """Split a key into the module, with its part of the pipeline, and the kind of tensor."""
    if (norm := NORM.fullmatch(key)) is not None and PART.fullmatch(key.partition(".")[0]):
        return norm["module"], SET
    found = KEY.fullmatch(key)
    if found is None:
        return None
    # SimpleTuner leaves PEFT's wrapper in its names.
    name = found["module"].replace(".processor.", ".").replace(".base_model.model.", ".", 1)
    if name.startswith(UNET):
        name = f"unet.{name}"
    owner, _, last = name.rpartition(".")
    if PART.fullmatch(name.partition(".")[0]) is None:
        return None
    if name.startswith("text_encoder") and owner.endswith(".self_attn"):
        last = OF_TEXT_ENCODER.get(last, last)
    elif last == "to_out" and ".processor." in key:
        last = "to_out.0"
    return CLIP.sub(r"\1.text_model.", f"{owner}.{last}"), ENDS[found["end"]]


def _file_name(name: str) -> FileName:
    part, _, rest = name.partition(".")
    return FileName(WHERE.get(part, (part,)), rest)


def _found(stored: LycorisModuleTensors, header: HeaderAlpha, name: str) -> ModuleFactors:
    """Make one module's factors, with the scale of the header's config where it has one."""
    if SET in stored.tensors:
        return replaced_vector(stored)
    factors, kernel = lora_of_peft(stored)
    part, _, path = name.partition(".")
    if header.settings_of(part).get("use_dora") and "dora_scale" not in stored.tensors:
        raise stored.contradiction("since the header says that it is DoRA")
    scale = header.scale_of(part, path)(factors.A.shape[0])
    if scale is not None and "alpha" in stored.tensors and scale != factors.scale:
        raise DamagedFileError(f"{stored.place} has an alpha, and the header has another ({METADATA}).")
    used = factors.scale if scale is None else scale
    return ModuleFactors(dataclasses.replace(factors, scale=used), kernel)


def _modules_refused(adapter: Adapter, kind: str) -> Iterator[str]:
    decomposed: dict[str, set[bool]] = defaultdict(set)
    for path, factors in sorted(adapter.modules.items()):
        part = (in_pipeline(path, adapter.host) or path).partition(".")[0]
        assert isinstance(factors, HOLDS), f"{type(factors).__name__} is not among {HOLDS}"
        if isinstance(factors, ReplacedVectorFactors):
            continue
        decomposed[part].add(isinstance(factors, DoraFactors))
        kernel = adapter.host.kernels.get(path, ())
        if not factors.A.shape[0]:
            yield f"{path!r} cannot be in {kind}: its rank is 0. Leave it out."
        if factors.shape[1] % math.prod(kernel):
            yield (
                f"{path!r} cannot be in {kind}: its {factors.shape[1]} columns are not a multiple of the "
                f"kernel {list(kernel)}."
            )
        if isinstance(factors, DoraFactors) and factors.by_column:
            yield (
                f"{path!r} cannot be in {kind}: its DoRA has a magnitude for each column, and PEFT's one "
                "for each row. Write kohya."
            )
    for part, kinds in sorted(decomposed.items()):
        if len(kinds) > 1:
            yield (
                f"{kind} have DoRA for all modules of a part or for none, and {part!r} has it for some: "
                "convert them all to lora."
            )


def _tensors(factors: Factors, kernel: tuple[int, ...], *, has_bias: bool) -> dict[str, LazyTensor]:
    """Give one module's tensors by the ends of their keys, with a bias if the part has any."""
    if isinstance(factors, ReplacedVectorFactors):
        return {"weight": factors.value.viewed((factors.value.numel,))}
    assert isinstance(factors, LoraFactors | DoraFactors), f"{type(factors).__name__} is not among {HOLDS}"
    parts, rows = tensors_of(factors, kernel), factors.B.shape[0]
    laid_out = {"lora_A.weight": parts[DOWN], "lora_B.weight": parts[UP]}
    if has_bias:
        laid_out["lora_B.bias"] = factors.bias or zeros((rows,), factors.B.dtype)
    if isinstance(factors, DoraFactors):
        shape = (1, rows, *(1 for _ in kernel)) if kernel else (rows,)
        laid_out["lora_magnitude_vector"] = factors.magnitude.viewed(shape)
    return laid_out


def _config(factors: Mapping[str, Factors], biased: set[str]) -> dict[str, Any]:
    """Build PEFT's config of every part, which diffusers takes as the whole config of that part."""
    parts: dict[str, dict[str, LoraFactors | DoraFactors]] = defaultdict(dict)
    for name, each in factors.items():
        part, _, path = name.partition(".")
        if isinstance(each, ReplacedVectorFactors):
            continue
        assert isinstance(each, LoraFactors | DoraFactors), f"{type(each).__name__} is not among {HOLDS}"
        # Since transformers 5, CLIP's text model is not a module of its class; without, the names
        # fit both.
        parts[part][path.removeprefix("text_model.")] = each
    config: dict[str, Any] = {}
    for part, modules in parts.items():
        rank, rank_pattern = value_patterns({path: each.A.shape[0] for path, each in modules.items()})
        alphas = {path: each.scale * each.A.shape[0] for path, each in modules.items()}
        alpha, alpha_pattern = value_patterns(alphas)
        settings = {
            "r": rank,
            "lora_alpha": alpha,
            "rank_pattern": rank_pattern,
            "alpha_pattern": alpha_pattern,
            "target_modules": sorted(modules),
            "use_dora": any(isinstance(each, DoraFactors) for each in modules.values()),
            "lora_bias": part in biased,
            "peft_type": "LORA",
        }
        config |= {f"{part}.{key}": value for key, value in settings.items()}
    return config


FORMAT = Format(
    name="diffusers",
    recognise=recognise,
    read=read,
    family_of=family_of,
    takes=("keep",),
    suffix=".safetensors",
    holds=HOLDS,
    widens=INPUT_LAYERS,
    adds_changes=True,
    recast=lambda adapter: in_naming(encoders_named(adapter, "diffusers"), "diffusers"),
    write=write,
    refusals=refusals,
    module_refusal=module_refusal,
)
