"""Make a traced graph smaller without looking at its weights: fold what is constant, drop what
nobody reads, share what is computed twice.

onnxscript's own passes, save two: its rewriting, whose time grows with the square of the layers,
and its removal of equal initializers, after which two norms that happen to be all ones would have
one name.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lorasurgery.onnx.exporting.model import quiet

if TYPE_CHECKING:
    import onnx_ir as ir

# As onnxscript has them: larger constants than these are left to be computed at run time.
MOST_INPUT_ELEMENTS = 8192
MOST_OUTPUT_ELEMENTS = 512 * 512


def simplify(model: ir.Model) -> None:
    """Run the passes over a model, in place. Initializers without a value are taken for unknown."""
    import onnx_ir.passes.common
    from onnx_ir.passes import PassManager, Sequential
    from onnxscript.optimizer import _constant_folding as folding

    common: Any = onnx_ir.passes.common
    fold = folding.FoldConstantsPass(
        shape_inference=True, input_size_limit=MOST_INPUT_ELEMENTS, output_size_limit=MOST_OUTPUT_ELEMENTS
    )
    clean = (
        common.RemoveUnusedNodesPass(),
        common.RemoveUnusedFunctionsPass(),
        common.RemoveUnusedOpsetsPass(),
    )
    passes = Sequential(
        common.InlinePass(),
        PassManager([fold, *clean], steps=2, early_stop=True),
        common.LiftConstantsToInitializersPass(lift_all_constants=True, size_limit=0),
        common.LiftSubgraphInitializersToMainGraphPass(),
        common.CommonSubexpressionEliminationPass(),
        common.RemoveUnusedNodesPass(),
        common.OutputFixPass(),
        common.NameFixPass(),
    )
    with quiet():
        passes(model)
