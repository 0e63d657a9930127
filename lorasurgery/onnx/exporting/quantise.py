"""Quantised graphs next to the exported ones: unsigned 8-bit weights by channel, activations
quantised at run time (ONNX Runtime's own).

Weights are unsigned because activations are. ONNX Runtime multiplies unsigned activations by signed
weights with `vpmaddubsw` on x86 processors without VNNI (AVX2, and AVX-512 before Cascade Lake),
which adds two products in 16 bits and saturates: 2 · 255 · 127 = 64,770 is more than 32,767, and
the graph answers differently there, without an error. Unsigned weights are widened to 16 bits first
and summed in 32, so that a graph made on one processor answers the same on every other.
Source: ONNX Runtime, "Quantize ONNX Models", "When and why do I need to try U8U8?".

Matrix products and tables of tokens become 8-bit. Convolutions stay in float32: ConvInteger on the
CPU has one zero point for all channels.
"""

from __future__ import annotations

from pathlib import Path

from lorasurgery.checkpoint import check_space
from lorasurgery.errors import UnsupportedError
from lorasurgery.onnx.exporting.build import BuiltExport
from lorasurgery.onnx.exporting.model import quiet
from lorasurgery.text import reason_of

# As optimum and Transformers.js call them.
QUANTISED = "_quantized"
OPERATORS = ["MatMul", "Gather"]
# A graph with more than this beside it is more than fits into one file of protobuf.
MOST_INLINE_BYTES = 3 << 29


def quantise(built: BuiltExport, folder: Path) -> None:
    """Write a quantised graph for every graph of a folder; the model is in memory meanwhile.

    Raises:
        NoSpaceError: the disk is too small.
        UnsupportedError: ONNX Runtime cannot quantise one, in its own words.
    """
    from onnxruntime.quantization import QuantType, quantize_dynamic  # type: ignore[import-untyped, unused-ignore]

    for each in built.graphs:
        path = folder / f"{each.graph.file}.onnx"
        nbytes = sum(stored.nbytes for stored in each.wanted.values())
        # ONNX Runtime takes a file that was cut off for one that cannot be parsed.
        check_space(path, nbytes + path.stat().st_size)
        try:
            with quiet():
                quantize_dynamic(
                    path,
                    folder / f"{each.graph.file}{QUANTISED}.onnx",
                    weight_type=QuantType.QUInt8,
                    per_channel=True,
                    op_types_to_quantize=OPERATORS,
                    use_external_data_format=nbytes > MOST_INLINE_BYTES,
                )
        except Exception as error:  # its errors have no common class
            raise UnsupportedError(
                f"ONNX Runtime cannot quantise {path.name}: {reason_of(error)}. Export without --int8."
            ) from error
