"""Check an undo record before it is used: it comes with a model, from anywhere.

A name in it becomes the name of a file, so only names that a merge writes are accepted. Shapes and
dtypes must agree with the headers of the base's files, which must list exactly its tensors.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path

from lorasurgery.checkpoint.rewrite import header_of
from lorasurgery.checkpoint.safetensors_file import Entry, is_count
from lorasurgery.dtypes import Dtype
from lorasurgery.quantisation import STATING_FILES
from lorasurgery.stored_array import INFINITIES
from lorasurgery.surgery.undo.merge_operation import MergeOperation
from lorasurgery.surgery.undo.tensor_undo import StoredTerm, TensorUndo

CONFIG_FILE, INDEX_SUFFIX = "config.json", ".safetensors.index.json"
WEIGHTS_SUFFIXES = (".safetensors", ".gguf")


def check(operation: MergeOperation) -> None:
    """Refuse an operation that no merge would write.

    Raises:
        ValueError: with what no merge would write.
    """
    _require(
        all(isinstance(each, str) for each in (*operation.adapters, *operation.new)), "a name is not text"
    )
    for name, text in operation.side_files.items():
        is_known = name in (CONFIG_FILE, *STATING_FILES) or name.endswith(INDEX_SUFFIX)
        _require(_is_plain(name) and is_known, f"{name!r} is not a side file that a merge changes")
        _require(text is None or isinstance(text, str), f"the content of {name!r} is not text")
    for name, size in operation.sizes.items():
        _require(name in operation.headers and is_count(size), f"{name!r} has the size {size}")
    entries = _entries(operation.headers)
    expected = ({*operation.hashes} | {*operation.tensors}) - {*operation.new}
    if operation.headers:
        _require(set(entries) == expected, "the files of the base do not list exactly its tensors")
    for name, undo in operation.tensors.items():
        _check_tensor(name, undo, entries.get(name))


def _entries(headers: Mapping[str, bytes]) -> dict[str, Entry]:
    """Return all tensors of the base's files by name."""
    entries: dict[str, Entry] = {}
    counts: Counter[str] = Counter()
    for file, header in headers.items():
        _require(_is_plain(file) and file.endswith(WEIGHTS_SUFFIXES), f"{file!r} is not a file of weights")
        in_file = header_of(header, Path(file)).entries
        counts.update(in_file.keys())
        entries |= in_file
    _require(all(count == 1 for count in counts.values()), "a tensor is in two files")
    return entries


def _check_tensor(name: str, undo: TensorUndo, entry: Entry | None) -> None:
    sizes = (*undo.shape, *undo.matrix_shape)
    _require(all(map(is_count, sizes)), f"a size of {name!r} is not a count ({', '.join(map(str, sizes))})")
    is_packed = undo.dtype is Dtype.F4
    _require(undo.kept is not None or not is_packed, f"{name!r} has a dtype that nothing can be added to")
    if entry is not None:
        same = (entry.dtype, entry.shape) == (undo.dtype.name, undo.shape)
        _require(same, f"{name!r} is of another shape or dtype in its file")
    if undo.kept is not None:
        _require(
            (undo.kept.shape, undo.kept.dtype) == (undo.shape, undo.dtype),
            f"the stored tensor of {name!r} has another shape or dtype",
        )
        return
    rows, columns = undo.matrix_shape
    _require(
        undo.moved is not None or rows * columns == math.prod(undo.shape),
        f"{name!r} has another number of elements",
    )
    for term in undo.terms:
        _check_term(name, term, rows, columns)
    gain = undo.gain.shape if undo.gain else None
    _require(gain in (None, (rows, 1), (1, columns)), f"the gain of {name!r} has the shape {gain}")
    _require(undo.gain is None or undo.gain.dtype is Dtype.F64, f"the gain of {name!r} is not of float64")
    if undo.corrections is not None:
        _require(
            len(undo.corrections.shape) == 1 and undo.corrections.dtype.itemsize == 1,
            f"the corrections of {name!r} are not bytes",
        )


def _check_term(name: str, term: StoredTerm, rows: int, columns: int) -> None:
    left, right = term.left.shape, term.right.shape
    kinds = {term.left.dtype, term.right.dtype}
    _require(kinds <= INFINITIES.keys(), f"a term of {name!r} is of {', '.join(sorted(map(str, kinds)))}")
    fits = (
        len(left) == len(right) == 2
        and left[1] == right[0]
        and 0 <= term.row <= rows - left[0]
        and 0 <= term.column <= columns - right[1]
        and math.isfinite(term.scale)
    )
    _require(
        fits, f"a term of {name!r} is {left} by {right} at ({term.row}, {term.column}), in {rows}×{columns}"
    )


def _is_plain(name: str) -> bool:
    return isinstance(name, str) and not any(mark in name for mark in "/\\:\0") and not name.startswith(".")


def _require(holds: bool, what_is_wrong: str) -> None:
    if not holds:
        raise ValueError(what_is_wrong)
