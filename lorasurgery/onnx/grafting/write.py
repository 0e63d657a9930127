"""Write a graph whose weights have changed: files of data are copied by the kernel, and only what
changed is written over.

A tensor keeps its place where nobody else's bytes lie there; otherwise, and where it is new, it
goes to the end of the file.
"""

from __future__ import annotations

import os
import shutil
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from lorasurgery.checkpoint.disk import write_failed
from lorasurgery.checkpoint.pages import opened_as
from lorasurgery.checkpoint.write import write_at
from lorasurgery.errors import UnsupportedError
from lorasurgery.onnx.grafting.plan import GraftChange
from lorasurgery.onnx.graph.file import GraphFile
from lorasurgery.onnx.graph.uses import WeightUse
from lorasurgery.stamp import FileStamp
from lorasurgery.stored_array import StoredArray
from lorasurgery.surgery.merging.apply import apply
from lorasurgery.surgery.merging.tensor_job import WHOLE_COPIES, TensorJob
from lorasurgery.surgery.workers import Bench, Meter, Progress, working_limit
from lorasurgery.variants.edit import Sum

if TYPE_CHECKING:
    from onnx import NodeProto, TensorProto

# Where a new tensor begins in a file of data: ONNX Runtime maps whole pages.
ALIGNMENT = 4096
# The most that a message of protobuf can hold.
MAX_GRAPH_BYTES = 2**31 - 1


@dataclass(frozen=True)
class GraftedGraph:
    """One tensor as it was written: its name in the graph, its parameter, and the hash of its bytes."""

    initializer: str
    change: GraftChange
    digest: str
    is_new: bool


@dataclass
class _GraftTarget:
    """Where a change's bytes go: a place in a file of data, or the graph itself."""

    proto: TensorProto
    location: str | None
    offset: int
    inline: bytearray = field(default_factory=bytearray)


def write_graph(
    file: GraphFile,
    changes: Sequence[GraftChange],
    folder: Path,
    is_whole: Callable[[TensorJob], bool],
    progress: Progress | None = None,
) -> tuple[GraftedGraph, ...]:
    """Write the graph and its files of data into a folder, under the names that they have.

    The parsed graph becomes the written one.

    Args:
        is_whole: whether a job needs its whole matrix in memory.

    Raises:
        NoSpaceError: the disk is full.
        UnsupportedError: the graph with its own tensors would be more than a file of its kind can
            hold.
    """
    targets = _targets(file, changes)
    try:
        with ExitStack() as stack:
            descriptors = {
                location: _copied(stack, source, file.stamps[source], folder / location)
                for location, source in file.data.items()
            }
            hashes = _write_all(changes, targets, descriptors, is_whole, progress)
            for descriptor in descriptors.values():
                os.fsync(descriptor)
        for change, target in zip(changes, targets, strict=True):
            if target.location is None:
                _put_inline(target)
            if change.weight is None:
                _wire(change, target.proto.name)
        if file.model.ByteSize() > MAX_GRAPH_BYTES:
            raise UnsupportedError(
                f"{file.path} holds its weights itself and would be over 2 GB with the new ones; save it "
                "with external data first."
            )
        with (folder / file.path.name).open("wb") as out:
            out.write(file.model.SerializeToString())
            out.flush()
            os.fsync(out.fileno())
    except OSError as error:
        raise write_failed(folder, error) from None
    return tuple(
        GraftedGraph(target.proto.name, change, each, change.weight is None)
        for change, target, each in zip(changes, targets, hashes, strict=True)
    )


def _write_all(
    changes: Sequence[GraftChange],
    targets: Sequence[_GraftTarget],
    descriptors: Mapping[str, int],
    is_whole: Callable[[TensorJob], bool],
    progress: Progress | None,
) -> list[str]:
    work = [
        _GraftWork(change.job, target, is_whole(change.job))
        for change, target in zip(changes, targets, strict=True)
    ]

    def do(each: _GraftWork) -> str:
        def write(_: str, offset: int, block: StoredArray) -> None:
            data = block.data
            if each.target.location is None:
                each.target.inline[offset : offset + len(data)] = data
            else:
                write_at(descriptors[each.target.location], data, each.target.offset + offset)

        done = apply(each.job, write, None)
        assert done.merged_hash is not None
        return done.merged_hash

    meter = Meter(sum(each.read_bytes for each in work), progress)
    return Bench(None, working_limit(), meter)(work, do)


@dataclass(frozen=True)
class _GraftWork:
    job: TensorJob
    target: _GraftTarget
    is_whole: bool

    @property
    def working_bytes(self) -> int:
        rows, columns = self.job.matrix_shape
        return WHOLE_COPIES * rows * columns if self.is_whole else self.job.working_bytes

    @property
    def read_bytes(self) -> int:
        return self.job.read_bytes

    def advise(self) -> None:
        self.job.advise()


def _targets(file: GraphFile, changes: Sequence[GraftChange]) -> list[_GraftTarget]:
    ends = {location: file.stamps[path].nbytes for location, path in file.data.items()}
    names = _names(file)
    changed = {change.weight for change in changes if change.weight is not None}
    shared = _overlapping(file, changed)
    targets = []
    for change in changes:
        if change.weight is None:
            targets.append(_new(file, change, names, ends))
            continue
        weight = file.weights[change.weight]
        if weight.place is None:
            targets.append(_GraftTarget(weight.proto, None, 0))
        elif change.weight in shared:
            location = _location(weight.proto)
            targets.append(_at_end(weight.proto, location, change.job.nbytes, ends))
        else:
            targets.append(_GraftTarget(weight.proto, _location(weight.proto), weight.place.offset))
    return targets


def _location(proto: TensorProto) -> str:
    return str({entry.key: entry.value for entry in proto.external_data}["location"])


def _overlapping(file: GraphFile, changed: set[str]) -> set[str]:
    """Weights that change and whose bytes some other tensor reads as its own."""
    by_file: dict[Path, list[tuple[int, int, str]]] = defaultdict(list)
    for name, weight in file.weights.items():
        if weight.place is not None:
            place = weight.place
            by_file[place.path].append((place.offset, place.offset + place.nbytes, name))
    found: set[str] = set()
    for ranges in by_file.values():
        end, last = -1, ""
        for start, stop, name in sorted(ranges):
            if start < end:
                found |= {name, last}
            if stop > end:
                end, last = stop, name
    return found & changed


def _new(file: GraphFile, change: GraftChange, names: set[str], ends: dict[str, int]) -> _GraftTarget:
    """A tensor of its own, beside the bytes of the weight that it comes from."""
    import onnx

    origin = _origin(file, change)
    proto = onnx.TensorProto()
    proto.name = next(name for name in _spellings(change.parameter) if name not in names)
    proto.data_type = origin.data_type
    proto.dims.extend(change.job.shape)
    names.add(proto.name)
    added = file.model.graph.initializer
    added.append(proto)
    made = added[-1]
    if origin.data_location == origin.EXTERNAL and change.job.nbytes >= 1024:
        return _at_end(made, _location(origin), change.job.nbytes, ends)
    return _GraftTarget(made, None, 0)


def _origin(file: GraphFile, change: GraftChange) -> TensorProto:
    name = change.beside.weight if change.beside is not None else change.uses[0].weight
    return file.weights[name].proto


def _spellings(parameter: str) -> Iterable[str]:
    yield parameter
    number = 0
    while True:
        number += 1
        yield f"{parameter}.grafted{number}"


def _names(file: GraphFile) -> set[str]:
    """All names of values, in all branches."""
    from lorasurgery.onnx.graph.file import graphs

    names: set[str] = set()
    for graph in graphs(file.model.graph):
        names |= {value.name for value in (*graph.input, *graph.output, *graph.initializer)}
        for node in graph.node:
            names |= {*node.input, *node.output}
    return names


def _at_end(proto: TensorProto, location: str, nbytes: int, ends: dict[str, int]) -> _GraftTarget:
    offset = -(-ends[location] // ALIGNMENT) * ALIGNMENT
    ends[location] = offset + nbytes
    proto.data_location = proto.EXTERNAL
    del proto.external_data[:]
    for key, value in (("location", location), ("offset", str(offset)), ("length", str(nbytes))):
        entry = proto.external_data.add()
        entry.key, entry.value = key, value
    return _GraftTarget(proto, location, offset)


def _put_inline(target: _GraftTarget) -> None:
    """The numbers of a tensor, as bytes and in no other form."""
    for form in ("float_data", "int32_data", "int64_data", "double_data", "uint64_data"):
        target.proto.ClearField(form)
    target.proto.raw_data = bytes(target.inline)


def _wire(change: GraftChange, name: str) -> None:
    """Have the readers of a new tensor read it."""
    if change.beside is not None:
        for use in change.beside.uses:
            _add_bias(use, name)
        return
    for number, use in enumerate(change.uses):
        value = name
        clones: list[NodeProto] = []
        for node in reversed(use.chain):
            clone = type(node)()
            clone.CopyFrom(node)
            clone.name = f"{node.name or node.op_type}/{name}/{number}"
            clone.input[0] = value
            value = f"{name}/{number}/{len(clones)}"
            clone.output[0] = value
            clones.append(clone)
        for position, clone in enumerate(clones):  # all they need is the new tensor, so they may come first
            use.graph.node.insert(position, clone)
        use.node.input[use.index] = value


def _add_bias(use: WeightUse, name: str) -> None:
    """Give a matrix product the bias that it had no need of."""
    node = use.node
    if node.op_type == "Gemm":
        del node.input[2:]
        node.input.append(name)
        return
    position = next(i for i, each in enumerate(use.graph.node) if each.output[:1] == node.output[:1])
    added = type(node)()
    added.op_type, added.name = "Add", f"{node.name or node.output[0]}/bias"
    result = node.output[0]
    node.output[0] = f"{result}/before_bias"
    added.input.extend([node.output[0], name])
    added.output.append(result)
    use.graph.node.insert(position + 1, added)


def _copied(stack: ExitStack, source: Path, stamp: FileStamp, target: Path) -> int:
    """Copy a file of data and keep it open for writing; without moving a byte where the file
    system can share them.
    """
    from lorasurgery.checkpoint.linux import clone

    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), 0o666)
    stack.callback(os.close, descriptor)
    with opened_as(source, stamp) as opened:
        if not clone(opened, descriptor):
            shutil.copyfile(source, target)
    return descriptor


def is_sum(job: TensorJob) -> bool:
    """Whether a job goes by blocks of rows."""
    from lorasurgery.surgery.merging.placement import change_of

    return job.replaced is None and all(isinstance(change_of(part), Sum) for part in job.parts)
