"""A graph beside a checkpoint, whose initializers are byte ranges of the checkpoint's own files.

ONNX Runtime reads external data from the graph's folder and from folders below it, and follows no
links. So the graph is written into the checkpoint's folder, or into one around it, and the Hub's
cache, which is made of links, is none. What another dtype is stored in is cast when the graph is
run (`Cast`), and what is stored as (out, in) is transposed (`Transpose`).
"""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lorasurgery.errors import OutputError, UnsupportedError
from lorasurgery.lazy import ByteRange
from lorasurgery.onnx.exporting.build import BuiltExport, BuiltGraph
from lorasurgery.onnx.exporting.datafile import StoredConstant, is_named_by_content
from lorasurgery.onnx.exporting.merged import MergedWeights
from lorasurgery.paths import StrPath, expanded

if TYPE_CHECKING:
    import onnx_ir as ir


def target_of(merged: MergedWeights, output: StrPath | None) -> Path:
    """The graph's path: by default `model.onnx` in the checkpoint's folder, or, with adapters, one
    by their names.

    Raises:
        UnsupportedError: nothing can refer into this checkpoint.
        OutputError: the output is no .onnx file in or above the checkpoint's folder.
    """
    base = merged.base
    if base.repository is not None or any(file.is_symlink() for file in base.files):
        raise UnsupportedError(
            f"{base.name} is a link, as every file of the Hub's cache is, and ONNX Runtime follows no "
            "links. Copy it into a folder "
            "(cp -rL), or export without --reuse-shards."
        )
    if not all(file.suffix == ".safetensors" for file in base.files):
        raise UnsupportedError(
            f"{base.files[0]} is no .safetensors file, and --reuse-shards can refer into no other; export "
            "without it."
        )
    name = f"{Path(merged.name).name.removesuffix('-onnx')}.onnx" if merged.adapters else "model.onnx"
    target = expanded(output) if output is not None else base.folder / name
    if target.suffix != ".onnx":
        raise OutputError(
            f"-o {target}: with --reuse-shards the output is a graph; give it a name that ends in .onnx."
        )
    inside = base.folder.resolve()
    if target.parent.resolve() not in (inside, *inside.parents):
        raise OutputError(
            f"{target} would refer to files outside its folder, which ONNX Runtime refuses. "
            f"With --reuse-shards the graph must be in {base.folder} or above it."
        )
    return target


def inputs_of(merged: MergedWeights) -> tuple[Path, ...]:
    """What the graph must not overwrite; it may lie among it."""
    return tuple(path for path in merged.inputs if path != merged.base.folder)


def named(built: BuiltExport, target: Path) -> BuiltExport:
    """The same under the name of the output.

    Raises:
        UnsupportedError: there are several graphs.
    """
    if len(built.graphs) > 1:
        raise UnsupportedError(
            f"{built.task.class_name} is exported as {len(built.graphs)} graphs, and --reuse-shards writes "
            "one; export without it."
        )
    (each,) = built.graphs
    graph = dataclasses.replace(each.graph, file=target.stem)
    task = dataclasses.replace(built.task, graphs=(graph,))
    (wanted,) = built.data.values()
    return dataclasses.replace(
        built,
        task=task,
        graphs=(dataclasses.replace(each, graph=graph),),
        data={graph.data_file: wanted},
    )


def clear_replaced(target: Path, kept: Iterable[str]) -> None:
    """Remove the numbers of graphs that had the target's name before; a kill between the two
    leaves them beside it, where nothing reads them.
    """
    for path in sorted(target.parent.iterdir()):
        if is_named_by_content(path.name, target.stem) and path.name not in kept:
            path.unlink()


def refer(built: BuiltExport, target: Path) -> int:
    """Point initializers into the checkpoint's files, in place; how many bytes they are."""
    (each,) = built.graphs
    order = {node: index for index, node in enumerate(each.model.graph)}
    for name, stored, place in _places(each):
        _point(each.model, name, stored, place, target.parent, order)
    return sum(place.nbytes for _, _, place in _places(each))


def _places(each: BuiltGraph) -> Iterator[tuple[str, StoredConstant, ByteRange]]:
    for name, stored in each.referred.items():
        assert stored.tensor.place is not None
        yield name, stored, stored.tensor.place


def _location(path: Path, folder: Path) -> str:
    return path.resolve().relative_to(folder.resolve()).as_posix()


def _point(
    model: ir.Model,
    name: str,
    stored: StoredConstant,
    place: ByteRange,
    folder: Path,
    order: Mapping[ir.Node, int],
) -> None:
    """Give an initializer its bytes, and a cast where they are of another dtype."""
    import onnx_ir as ir
    from onnx_ir.tensor_adapters import from_torch_dtype

    graph = model.graph
    value = graph.initializers[name]
    dtype = from_torch_dtype(stored.tensor.dtype.torch)
    external = ir.ExternalTensor(
        _location(place.path, folder),
        place.offset,
        place.nbytes,
        dtype,
        shape=ir.Shape(stored.tensor.shape),
        name=name,
        base_dir=folder,
    )
    if dtype == value.dtype:
        value.const_value = external
        return
    assert value.dtype is not None
    cast = ir.node("Cast", [value], attributes={"to": ir.AttrInt64("to", int(value.dtype))})
    cast.outputs[0].name = f"{name}.cast"
    cast.outputs[0].type = ir.TensorType(value.dtype)
    cast.outputs[0].shape = value.shape
    readers = [use for use in value.uses() if use.node is not cast]
    # Right before it is read: casts at the beginning would all be held at once.
    graph.insert_before(min((use.node for use in readers), key=order.__getitem__), cast)
    for use in readers:
        use.node.replace_input_with(use.idx, cast.outputs[0])
    value.type = ir.TensorType(dtype)
    value.const_value = external


def link(built: BuiltExport, folder: Path, target: Path) -> None:
    """Put hard links to the checkpoint's files beside a graph that is not in its place yet, so
    that it can be run.

    Raises:
        UnsupportedError: the disk has none.
    """
    (each,) = built.graphs
    for path in sorted({place.path for _, _, place in _places(each)}):
        beside = folder / _location(path, target.parent)
        beside.parent.mkdir(parents=True, exist_ok=True)
        try:
            os.link(path, beside)
        except OSError as error:
            raise UnsupportedError(
                f"The graph cannot be run before it is in place: {error.strerror} (a hard link to {path}). "
                "--no-verify goes without that."
            ) from None
