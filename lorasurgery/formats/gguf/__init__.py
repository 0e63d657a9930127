"""llama.cpp's adapters: one `.gguf` file with low-rank factors for some of a model's matrices.

    general.type = "adapter", adapter.type = "lora", general.architecture = the model's
    adapter.lora.alpha = α        ΔW = α / r · B @ A with each matrix's own r; ΔW = B @ A where α is 0 or
                                  absent
    blk.3.attn_q.weight.lora_a    A (r, in); of fused experts (experts, r, in)
    blk.3.attn_q.weight.lora_b    B (out, r); of fused experts (experts, out, r)
    token_embd.weight.lora_a, _b  B (vocabulary, r) and Aᵀ (width, r)

There is one α for all matrices. Where scale · r is one number it is written, and no factor is
touched (rsLoRA is such a case where all ranks are equal); where it is not, the scales are
multiplied into B and α is 0. A B so multiplied is stored as float32, since it no longer fits into
less. All others of float32, float16 and bfloat16 are stored as they are, float64 rounded to
float32.

Rows of B are in llama.cpp's order of those of W (`architectures`), under llama.cpp's names
(`tensor_names`). Also read (`reader`): quantised factors. Not carried: whatever is no
low-rank factor, which llama.cpp refuses or ignores.

Source: llama.cpp's `src/llama-adapter.cpp` and `convert_lora_to_gguf.py`. The container is the
package `gguf`'s business.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from lorasurgery.adapter import Adapter
from lorasurgery.architecture.llama_cpp.architectures import (
    Heads,
    architecture_of,
    heads_of,
    is_reordered,
    row_order,
)
from lorasurgery.architecture.llama_cpp.tensor_names import GgufSlot, slots
from lorasurgery.checkpoint.gguf_file import check_package
from lorasurgery.dtypes import Dtype
from lorasurgery.formats._format import Format
from lorasurgery.formats._module_rules import module_refusal
from lorasurgery.formats._plain_lora import beyond_lora
from lorasurgery.formats._stated_base import base_metadata
from lorasurgery.formats.gguf import reader
from lorasurgery.formats.gguf.reader import ENDINGS, TOKENS
from lorasurgery.formats.gguf.refusals import modules_refused
from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.lora import LoraFactors

if TYPE_CHECKING:
    from gguf import GGUFWriter
    from torch import Tensor

recognise = reader.find
read = reader.read


def refusals(adapter: Adapter) -> list[str]:
    """Say what of this adapter llama.cpp cannot be given.

    Raises:
        MissingExtraError: the package gguf is not installed.
    """
    check_package()
    return [*beyond_lora(adapter, "GGUF"), *modules_refused(adapter)]


def plan(adapter: Adapter) -> tuple[float, dict[str, LazyTensor]]:
    """Lay the adapter out, without reading it: α, and the tensors by name, sorted."""
    architecture, heads = architecture_of(adapter.host.config), heads_of(adapter.host.config)
    assert architecture is not None, "refusals() refuses a model that llama.cpp does not have"
    modules = {name: _lora(name, factors) for name, factors in adapter.modules.items()}
    alpha = _common_alpha(modules.values())
    laid_out: dict[str, LazyTensor] = {}
    for name, places in slots(architecture, modules, adapter.host.config).items():
        for slot in places:
            factors = modules[name] if alpha else _with_scale(modules[name])
            laid_out |= _tensors(slot, factors, _order(architecture, slot, factors.shape[0], heads))
    return alpha, dict(sorted(laid_out.items()))


def write(adapter: Adapter, path: Path, progress: Callable[[int], None] | None = None) -> None:
    """Write the adapter as a file; each tensor is read only when it is written.

    `progress` is given the bytes of each tensor.

    Raises:
        MissingExtraError: the package gguf is not installed.
        NoSpaceError: the disk is full.
    """
    check_package()
    from gguf import GGUFWriter, Keys

    from lorasurgery.checkpoint import tensor_bytes
    from lorasurgery.checkpoint.disk import write_failed

    alpha, laid_out = plan(adapter)
    writer = GGUFWriter(path, str(architecture_of(adapter.host.config)))
    writer.add_type("adapter")
    writer.add_string(Keys.Adapter.TYPE, "lora")
    writer.add_float32(Keys.Adapter.LORA_ALPHA, alpha)
    for key, text in base_metadata(adapter.host).items():
        writer.add_string(key, text)
    for name, tensor in laid_out.items():
        _announce(writer, name, tensor)
    try:
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        assert writer.fout is not None, "the header opened the file"
        (file,) = writer.fout
        with file:
            writer.write_padding(file, file.tell())
            for tensor in laid_out.values():
                # Not the package's own writer of tensors, whose error on a full disk does not say
                # that the disk is full.
                file.write(tensor_bytes(tensor.read()))
                writer.write_padding(file, tensor.nbytes)
                if progress:
                    progress(tensor.nbytes)
            file.flush()
            os.fsync(file.fileno())
    except OSError as error:
        raise write_failed(path, error) from None


def _announce(writer: GGUFWriter, name: str, tensor: LazyTensor) -> None:
    import numpy
    from gguf import GGMLQuantizationType

    kinds = {
        Dtype.F32: GGMLQuantizationType.F32,
        Dtype.F16: GGMLQuantizationType.F16,
        Dtype.BF16: GGMLQuantizationType.BF16,
    }
    # The package has numpy's dtypes, of which none is bfloat16; of one that is given as another it
    # believes the second.
    writer.add_tensor_info(name, tensor.shape, numpy.dtype(numpy.int16), tensor.nbytes, kinds[tensor.dtype])


def _lora(name: str, factors: object) -> LoraFactors:
    assert isinstance(factors, LoraFactors), f"{name} is of a variant that is not plain LoRA"
    return factors


def _common_alpha(modules: Iterable[LoraFactors]) -> float:
    """Return the α that all modules have in common, as float32 holds it; 0 where they differ."""
    import numpy

    alphas = {float(numpy.float32(factors.scale * factors.rank)) for factors in modules}
    return alphas.pop() if len(alphas) == 1 else 0.0


def _with_scale(factors: LoraFactors) -> LoraFactors:
    """Move the scale into B."""

    if factors.scale == 1:
        return factors
    return LoraFactors(factors.A, factors.B.scaled(factors.scale, Dtype.F32))


def _order(architecture: str, slot: GgufSlot, rows: int, heads: Heads | None) -> Tensor | None:
    """Return which row of B each row of llama.cpp's matrix is; None where the order is the same."""
    if not is_reordered(architecture, slot.tensor, heads):
        return None
    order = row_order(architecture, slot.tensor, rows, heads) if heads else None
    assert order is not None, "refusals() refuses heads that do not fit"
    return order


def _tensors(slot: GgufSlot, factors: LoraFactors, order: Tensor | None) -> dict[str, LazyTensor]:
    """Give llama.cpp's two tensors for a module, or for half of one, by name."""
    A, B = factors.A, _rows(factors.B, slot.half, order)
    if slot.tensor == TOKENS:
        A, B = B, A.T
    return {slot.tensor + suffix: _storable(tensor) for suffix, tensor in zip(ENDINGS, (A, B), strict=True)}


def _rows(B: LazyTensor, half: int | None, order: Tensor | None) -> LazyTensor:
    """Take the rows of B that a tensor holds, in its order."""
    if half is not None:
        rows = B.shape[-2] // 2
        return B.sliced(half * rows, (half + 1) * rows, dim=-2)
    return B if order is None else B.reordered(order)


def _storable(tensor: LazyTensor) -> LazyTensor:
    """Cast to a dtype that llama.cpp can multiply."""

    if tensor.dtype in (Dtype.F32, Dtype.F16, Dtype.BF16):
        return tensor
    return tensor.cast(Dtype.F32)


FORMAT = Format(
    name="gguf",
    recognise=reader.find,
    read=reader.read,
    suffix=".gguf",
    holds=(LoraFactors,),
    write=write,
    refusals=refusals,
    module_refusal=module_refusal,
)
