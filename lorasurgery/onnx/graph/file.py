"""An ONNX file as named weights: its graph is parsed, its numbers stay on disk until somebody asks.

A weight is an initializer, or the value of a Constant node; of the main graph or of a branch inside
it. Small ones lie in the .onnx file itself, large ones usually beside it (`external_data`:
location, offset, length).

Source: onnx.proto of ONNX 1.23, and its note on external data. ONNX Runtime reads external data
from the graph's folder and from folders below it, and follows no links; here links that lead out of
the folder are refused.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from lorasurgery.checkpoint.inside import leads_out
from lorasurgery.checkpoint.pages import in_file
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import DamagedFileError, NotACheckpointError
from lorasurgery.foreign import quoted, reading, shortened
from lorasurgery.lazy import ByteRange, LazyTensor
from lorasurgery.stamp import FileStamp
from lorasurgery.stored_array import as_bits
from lorasurgery.text import reason_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from onnx import GraphProto, ModelProto, TensorProto

# ONNX's numbers of data types -> ours; what is not here (strings, four-bit codes) is no weight that
# anything is added to.
DTYPES = {
    1: Dtype.F32,
    2: Dtype.U8,
    3: Dtype.I8,
    6: Dtype.I32,
    7: Dtype.I64,
    9: Dtype.BOOL,
    10: Dtype.F16,
    11: Dtype.F64,
    16: Dtype.BF16,
}
# Where a tensor's numbers are if not as bytes; all other data types share `int32_data`.
LISTS = {
    Dtype.F32: "float_data",
    Dtype.F64: "double_data",
    Dtype.I64: "int64_data",
}
# Sizes are multiplied no further: the product of thousands of large ones takes minutes.
MOST_ELEMENTS = 1 << 60


@dataclass(frozen=True)
class GraphWeight:
    """A tensor of the graph: `proto` is its record in the graph, `place` where its bytes lie if
    that is another file.
    """

    name: str
    tensor: LazyTensor
    proto: TensorProto
    place: ByteRange | None


@dataclass(frozen=True)
class GraphFile:
    """A parsed .onnx file.

    `data` are the files of external data by their location, relative to the graph's folder.
    """

    path: Path
    model: ModelProto
    weights: Mapping[str, GraphWeight]
    data: Mapping[str, Path]
    stamps: Mapping[Path, FileStamp]

    @property
    def files(self) -> tuple[Path, ...]:
        return (self.path, *self.data.values())

    @property
    def nbytes(self) -> int:
        return sum(stamp.nbytes for stamp in self.stamps.values())

    def check_unchanged(self) -> None:
        """Refuse files that were written to since they were opened.

        Raises:
            DamagedFileError: one was.
        """
        for path, stamp in self.stamps.items():
            stamp.check(path, path.stat())


def open_graph(path: Path) -> GraphFile:
    """Parse an .onnx file; no external data is read.

    Raises:
        NotACheckpointError: there is no such file, or it is no ONNX graph.
        DamagedFileError: external data is absent, too short, or outside the graph's folder; or a
            tensor's shape and its bytes disagree.
    """
    with reading(path, "an ONNX graph"):
        return _opened(path)


def _opened(path: Path) -> GraphFile:
    model, stamp = _parsed(path)
    found = {tensor.name: tensor for graph in graphs(model.graph) for tensor in _tensors(graph)}
    data: dict[str, Path] = {}
    weights: dict[str, GraphWeight] = {}
    stamps = {path: stamp}
    for name, proto in sorted(found.items()):
        if proto.data_type not in DTYPES:
            continue
        if proto.data_location != proto.EXTERNAL:
            weights[name] = GraphWeight(name, _inline(path, proto), proto, None)
            continue
        location = _entries(proto).get("location", "")
        if location not in data:
            data[location] = _data_file(path, name, location)
            stamps[data[location]] = FileStamp.of(data[location].stat())
        place = _place(path, proto, data[location], stamps[data[location]])
        weights[name] = GraphWeight(name, _external(proto, place, stamps[data[location]]), proto, place)
    _require_all_data(path, found, data, stamps)
    return GraphFile(path, model, weights, data, stamps)


def graphs(graph: GraphProto) -> Iterator[GraphProto]:
    """A graph and all branches and bodies inside it, the outermost first."""
    yield graph
    for node in graph.node:
        for attribute in node.attribute:
            inner = [attribute.g] if attribute.HasField("g") else list(attribute.graphs)
            for each in inner:
                yield from graphs(each)


def _parsed(path: Path) -> tuple[ModelProto, FileStamp]:
    import onnx
    from google.protobuf.message import DecodeError  # type: ignore[import-untyped, unused-ignore]

    if not path.is_file():
        raise NotACheckpointError(f"{path} does not exist; an .onnx file is expected.")
    stamp = FileStamp.of(path.stat())
    try:
        model = onnx.load(path, load_external_data=False)
    except (DecodeError, ValueError) as error:
        raise NotACheckpointError(f"{path} is no ONNX graph: {reason_of(error)}.") from None
    if not model.graph.node:
        raise NotACheckpointError(f"{path} is no ONNX graph: it has no nodes.")
    return model, stamp


def _tensors(graph: GraphProto) -> Iterator[TensorProto]:
    """Initializers, and the values of Constant nodes under the names by which nodes read them."""
    yield from graph.initializer
    for node in graph.node:
        if node.op_type == "Constant" and len(node.output) == 1:
            for attribute in node.attribute:
                if attribute.name == "value":
                    attribute.t.name = node.output[0]
                    yield attribute.t


def _entries(proto: TensorProto) -> dict[str, str]:
    return {entry.key: entry.value for entry in proto.external_data}


def _data_file(path: Path, name: str, location: str) -> Path:
    """The file that a location names, which has to be in the graph's folder or below it."""
    parts = PurePosixPath(location).parts
    if not parts:
        raise DamagedFileError(
            f"{path}: the data of {quoted(name)} are said to be in another file, and no file is named. The "
            "export is damaged; make it again."
        )
    file = path.parent.joinpath(*parts)
    if ".." in parts or PurePosixPath(location).is_absolute() or leads_out(file, path.parent):
        raise DamagedFileError(
            f"{path}: the data of {quoted(name)} are said to be in {quoted(location)}, outside the graph's "
            "folder or behind a link that leads out of it, "
            "where ONNX Runtime does not read them. Put the file itself next to the graph, and save the "
            "graph with that name."
        )
    if not os.path.isfile(file):  # noqa: PTH113 (a name that the system does not take is not there either)
        raise DamagedFileError(
            f"{path}: the data of {quoted(name)} are in {quoted(location)}, which is not there; put that "
            "file next to the graph."
        )
    return file


def _require_all_data(
    path: Path, found: Mapping[str, TensorProto], data: dict[str, Path], stamps: dict[Path, FileStamp]
) -> None:
    """Files of data of which no tensor is a weight belong to the graph as well."""
    for name, proto in sorted(found.items()):
        location = _entries(proto).get("location") if proto.data_location == proto.EXTERNAL else None
        if location is not None and location not in data:
            data[location] = _data_file(path, name, location)
            stamps[data[location]] = FileStamp.of(data[location].stat())


def _place(path: Path, proto: TensorProto, file: Path, stamp: FileStamp) -> ByteRange:
    entries = _entries(proto)
    needed = _elements(path, proto) * dtype_of(proto).itemsize
    try:
        offset, nbytes = int(entries.get("offset", "0")), int(entries.get("length", str(needed)))
    except ValueError:
        offset, nbytes = -1, -1
    if nbytes != needed or offset < 0 or offset + nbytes > stamp.nbytes:
        raise DamagedFileError(
            f"{path}: {quoted(proto.name)} needs {needed} bytes, and is said to have "
            f"{shortened(entries.get('length', 'no length'))} "
            f"at {shortened(entries.get('offset', '0'))} of "
            f"{file.name}, which has {stamp.nbytes}. The export is damaged; make it again."
        )
    return ByteRange(file, offset, nbytes, stamp)


def dtype_of(proto: TensorProto) -> Dtype:
    """A tensor's data type."""
    return dtype_numbered(proto.data_type)


def dtype_numbered(number: int) -> Dtype:
    """One of ONNX's data types, by its number."""
    return DTYPES[number]


def number_of(dtype: Dtype) -> int:
    """ONNX's number of a data type."""
    return {known: number for number, known in DTYPES.items()}[dtype]


def _elements(path: Path, proto: TensorProto) -> int:
    """How many numbers a tensor has by its shape.

    Raises:
        DamagedFileError: no tensor can have that shape.
    """
    count = 1
    for size in proto.dims:
        count *= max(size, 1)  # what makes arrays multiplies the other sizes as well where one is 0
        if size < 0 or count > MOST_ELEMENTS:
            raise DamagedFileError(
                f"{path}: {quoted(proto.name)} has the shape {quoted(tuple(proto.dims))}, which no tensor "
                "can have. The export is damaged; make it again."
            )
    return 0 if 0 in proto.dims else count


def _check_inline(path: Path, proto: TensorProto) -> None:
    """Refuse a tensor whose numbers in the .onnx file are more or fewer than its shape says.

    Raises:
        DamagedFileError: they are.
    """
    elements, dtype = _elements(path, proto), dtype_of(proto)
    is_raw = proto.HasField("raw_data")
    there = len(proto.raw_data if is_raw else getattr(proto, LISTS.get(dtype, "int32_data")))
    needed = elements * dtype.itemsize if is_raw else elements
    if there != needed or proto.HasField("segment"):
        raise DamagedFileError(
            f"{path}: {quoted(proto.name)} needs {needed} {'bytes' if is_raw else 'numbers'} by its shape "
            f"{quoted(tuple(proto.dims))}, and has {there}. "
            "The export is damaged; make it again."
        )


def _inline(path: Path, proto: TensorProto) -> LazyTensor:
    """A tensor in the .onnx file itself, whose numbers lie as bytes or in lists."""
    _check_inline(path, proto)
    shape, dtype = tuple(proto.dims), dtype_of(proto)

    def bits(start: int, stop: int) -> NDArray[Any]:
        import numpy as np
        import onnx.numpy_helper

        own = np.array(onnx.numpy_helper.to_array(proto), order="C")
        return as_bits(own.reshape(-1).view(np.uint8), dtype.itemsize)[start:stop]

    return LazyTensor.of_bits(shape, dtype, bits)


def _external(proto: TensorProto, place: ByteRange, stamp: FileStamp) -> LazyTensor:
    return in_file(place.path, stamp, place.offset, tuple(proto.dims), dtype_of(proto))
