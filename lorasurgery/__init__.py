"""Model surgery and weight conversion on checkpoint files.

The verbs of the command line, in the same words; each is imported when it is first used, so that
importing this package loads no torch."""

# Before anything else is imported, `__future__` too: `python -m lorasurgery` runs this file first.
from lorasurgery import search_path

if search_path.is_our_program():
    search_path.leave_out_current_folder()

# Type checkers take this for true. Importing `typing` would double the time of `lorasurgery --help`.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from lorasurgery.checkpoint import open_checkpoint
    from lorasurgery.errors import SurgeryError
    from lorasurgery.onnx.export import export, export_onnx, plan_export_onnx
    from lorasurgery.onnx.graft import graft, graft_onnx, plan_graft_onnx
    from lorasurgery.onnx.swappable import export_swappable, plan_export_swappable, swappable
    from lorasurgery.surgery.apply import apply, plan_apply
    from lorasurgery.surgery.assemble import assemble, plan_assemble
    from lorasurgery.surgery.bake import convert_and_bake, plan_convert_and_bake
    from lorasurgery.surgery.check import check
    from lorasurgery.surgery.compare import compare
    from lorasurgery.surgery.convert import convert, plan_convert
    from lorasurgery.surgery.diff import diff
    from lorasurgery.surgery.extract import extract, forecast, plan_extract
    from lorasurgery.surgery.factorise.rank_rule import (
        AllRanks,
        Budget,
        Energy,
        FixedRank,
        NoiseEdge,
        RankRule,
    )
    from lorasurgery.surgery.fuse import fuse, plan_fuse
    from lorasurgery.surgery.inspect import inspect
    from lorasurgery.surgery.make_delta import make_delta, plan_make_delta
    from lorasurgery.surgery.merge import merge, plan_merge
    from lorasurgery.surgery.recover import plan_recover, recover
    from lorasurgery.surgery.rerank import plan_rerank, rerank
    from lorasurgery.surgery.subtract import plan_subtract, subtract
    from lorasurgery.surgery.unmerge import plan_unmerge, unmerge
    from lorasurgery.surgery.verify import verify
    from lorasurgery.training.evaluate import evaluate
    from lorasurgery.training.ranks import cross_validate
    from lorasurgery.training.recipe import Recipe
    from lorasurgery.training.train import plan_train, train

__all__ = [
    "AllRanks",
    "Budget",
    "Energy",
    "FixedRank",
    "NoiseEdge",
    "RankRule",
    "Recipe",
    "SurgeryError",
    "apply",
    "assemble",
    "check",
    "compare",
    "convert",
    "convert_and_bake",
    "cross_validate",
    "diff",
    "evaluate",
    "export",
    "export_onnx",
    "export_swappable",
    "extract",
    "forecast",
    "fuse",
    "graft",
    "graft_onnx",
    "inspect",
    "make_delta",
    "merge",
    "open_checkpoint",
    "plan_apply",
    "plan_assemble",
    "plan_convert",
    "plan_convert_and_bake",
    "plan_export_onnx",
    "plan_export_swappable",
    "plan_extract",
    "plan_fuse",
    "plan_graft_onnx",
    "plan_make_delta",
    "plan_merge",
    "plan_recover",
    "plan_rerank",
    "plan_subtract",
    "plan_train",
    "plan_unmerge",
    "recover",
    "rerank",
    "subtract",
    "swappable",
    "train",
    "unmerge",
    "verify",
]

_HOMES = {
    **dict.fromkeys(
        ("AllRanks", "Budget", "Energy", "FixedRank", "NoiseEdge", "RankRule"),
        "lorasurgery.surgery.factorise.rank_rule",
    ),
    "Recipe": "lorasurgery.training.recipe",
    "SurgeryError": "lorasurgery.errors",
    "apply": "lorasurgery.surgery.apply",
    "assemble": "lorasurgery.surgery.assemble",
    "check": "lorasurgery.surgery.check",
    "compare": "lorasurgery.surgery.compare",
    "convert": "lorasurgery.surgery.convert",
    "convert_and_bake": "lorasurgery.surgery.bake",
    "cross_validate": "lorasurgery.training.ranks",
    "diff": "lorasurgery.surgery.diff",
    "evaluate": "lorasurgery.training.evaluate",
    "export": "lorasurgery.onnx.export",
    "export_onnx": "lorasurgery.onnx.export",
    "export_swappable": "lorasurgery.onnx.swappable",
    "extract": "lorasurgery.surgery.extract",
    "forecast": "lorasurgery.surgery.extract",
    "fuse": "lorasurgery.surgery.fuse",
    "graft": "lorasurgery.onnx.graft",
    "graft_onnx": "lorasurgery.onnx.graft",
    "inspect": "lorasurgery.surgery.inspect",
    "make_delta": "lorasurgery.surgery.make_delta",
    "merge": "lorasurgery.surgery.merge",
    "open_checkpoint": "lorasurgery.checkpoint",
    "plan_apply": "lorasurgery.surgery.apply",
    "plan_assemble": "lorasurgery.surgery.assemble",
    "plan_convert": "lorasurgery.surgery.convert",
    "plan_convert_and_bake": "lorasurgery.surgery.bake",
    "plan_export_onnx": "lorasurgery.onnx.export",
    "plan_export_swappable": "lorasurgery.onnx.swappable",
    "plan_extract": "lorasurgery.surgery.extract",
    "plan_fuse": "lorasurgery.surgery.fuse",
    "plan_graft_onnx": "lorasurgery.onnx.graft",
    "plan_make_delta": "lorasurgery.surgery.make_delta",
    "plan_merge": "lorasurgery.surgery.merge",
    "plan_recover": "lorasurgery.surgery.recover",
    "plan_rerank": "lorasurgery.surgery.rerank",
    "plan_subtract": "lorasurgery.surgery.subtract",
    "plan_train": "lorasurgery.training.train",
    "plan_unmerge": "lorasurgery.surgery.unmerge",
    "recover": "lorasurgery.surgery.recover",
    "rerank": "lorasurgery.surgery.rerank",
    "subtract": "lorasurgery.surgery.subtract",
    "swappable": "lorasurgery.onnx.swappable",
    "train": "lorasurgery.training.train",
    "unmerge": "lorasurgery.surgery.unmerge",
    "verify": "lorasurgery.surgery.verify",
}


def __getattr__(name: str) -> "Any":
    if name == "__version__":
        from importlib.metadata import version

        return version("lorasurgery")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
