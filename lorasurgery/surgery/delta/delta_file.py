"""The delta on disk: one safetensors file with a JSON text in its header, from which both sides come back.

The text lists the files of both sides, the pieces of each file with dtype, shape and hash, a recipe for
each piece of the target, and one for each piece of the base that no recipe leads back to. The tensors of
the file are the parts of recipes, `target/FILE/TENSOR/PART` and `base/FILE/TENSOR/PART`, so that any piece
can be made from a few ranges of the file. The text and every part have a BLAKE3 hash.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from lorasurgery.checkpoint.safetensors_file import is_count, open_safetensors, read_header
from lorasurgery.checkpoint.write import write_side_by_side
from lorasurgery.dtypes import Dtype
from lorasurgery.errors import DamagedFileError, NotACheckpointError, SurgeryError, UnsupportedError
from lorasurgery.foreign import shortened
from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.delta.recipe import BOTH_WAYS, METHODS, Recipe
from lorasurgery.surgery.delta.side_contents import BYTES, Key, SideContents, can_be_listed, title_of
from lorasurgery.surgery.workers import available_cores
from lorasurgery.text import reason_of

VERSION = 1
TEXT, TEXT_HASH = "lorasurgery.delta", "lorasurgery.delta_hash"


@dataclass(frozen=True)
class ListedPiece:
    """A piece as the delta lists it."""

    file: str
    name: str
    offset: int
    dtype: Dtype
    shape: tuple[int, ...]
    hash: str

    @property
    def key(self) -> Key:
        return self.file, self.name

    @property
    def title(self) -> str:
        """What messages call it."""
        return title_of(self.key)

    @property
    def nbytes(self) -> int:
        """Its size in its file."""
        return math.prod(self.shape) * self.dtype.itemsize


@dataclass(frozen=True)
class ListedSide:
    """A side as the delta lists it: files with their sizes, and the pieces of all of them."""

    name: str
    is_folder: bool
    files: Mapping[str, int]
    pieces: tuple[ListedPiece, ...]

    @staticmethod
    def of(side: SideContents, hashes: Mapping[Key, str]) -> ListedSide:
        """List a checkpoint's files and pieces."""
        pieces = tuple(
            ListedPiece(*key, piece.offset, piece.tensor.dtype, piece.tensor.shape, hashes[key])
            for key, piece in side.pieces.items()
        )
        last = side.path.absolute().parts[-1]
        # A link keeps its own name.
        name = side.path.resolve().name if last == ".." else last
        return ListedSide(name, side.is_folder, {n: file.nbytes for n, file in side.files.items()}, pieces)

    @cached_property
    def by_key(self) -> Mapping[Key, ListedPiece]:
        return {piece.key: piece for piece in self.pieces}

    @cached_property
    def id(self) -> str:
        """A hash of all of it, by which one delta follows another."""
        from blake3 import blake3

        text = json.dumps([[*piece.key, piece.hash] for piece in self.pieces])
        return blake3(text.encode()).hexdigest()

    @property
    def nbytes(self) -> int:
        return sum(self.files.values())


@dataclass(frozen=True)
class Delta:
    """Both sides, recipes for all of the target, and for what of the base these do not lead back to."""

    base: ListedSide
    target: ListedSide
    forward: tuple[Recipe, ...]
    back: tuple[Recipe, ...]
    tool: str

    def recipes(self, *, revert: bool) -> dict[Key, Recipe]:
        """Return how each piece of the target, or with `revert` of the base, is made from the other side."""
        if not revert:
            return {recipe.key: recipe for recipe in self.forward}
        found = {recipe.key: recipe for recipe in self.back}
        for recipe in self.forward:
            if recipe.method in BOTH_WAYS and recipe.source is not None:
                found.setdefault(recipe.source, recipe.reversed())
        return found

    def other_recipes(self, *, revert: bool) -> list[Recipe]:
        """Return those whose parts `recipes` makes nothing of."""
        used = {id(recipe.parts) for recipe in self.recipes(revert=revert).values()}
        return [recipe for recipe in (*self.forward, *self.back) if id(recipe.parts) not in used]

    def write(self, path: Path) -> None:
        """Write the file."""
        from blake3 import blake3

        tensors, hashes = {}, {}
        for side, recipes in (("target", self.forward), ("base", self.back)):
            for recipe in recipes:
                for part, tensor in recipe.parts.items():
                    name = f"{side}/{_name(recipe)}/{part}"
                    tensors[name], hashes[name] = tensor, recipe.part_hashes[part]
        text = json.dumps(
            {
                "version": VERSION,
                "tool": self.tool,
                "base": _packed_side(self.base),
                "target": _packed_side(self.target),
                "forward": [_packed(recipe) for recipe in self.forward],
                "back": [_packed(recipe) for recipe in self.back],
                "parts": dict(sorted(hashes.items())),
            },
            separators=(",", ":"),
        )
        hashed = blake3(text.encode()).hexdigest()
        write_side_by_side(path, tensors, {TEXT: text, TEXT_HASH: hashed}, available_cores())


def read_delta(path: Path) -> Delta:
    """Read a delta's header; parts are held against their hashes when they are read.

    Raises:
        NotACheckpointError: there is no such file.
        UnsupportedError: it is a folder, no delta, or a delta of another version.
        DamagedFileError: a bit of the header is not as it was written.
    """
    from blake3 import blake3

    if path.is_dir():
        raise UnsupportedError(
            f"{path} is a folder, and a delta is a file: `lorasurgery diff A B -o FILE` writes one."
        )
    if not path.is_file():
        raise NotACheckpointError(f"There is no delta at {path}; `lorasurgery diff A B -o FILE` writes one.")
    header, stamp = read_header(path)
    text, hashed = header.metadata.get(TEXT), header.metadata.get(TEXT_HASH)
    if text is None:
        raise UnsupportedError(
            f"{path} is not a delta: its header has no {TEXT!r}. `lorasurgery diff A B -o FILE` writes one."
        )
    if blake3(text.encode()).hexdigest() != hashed:
        raise DamagedFileError(f"{path} is damaged: its header is not as it was written.")
    tensors = open_safetensors(path, stamp)
    try:
        content = json.loads(text)
        if content["version"] != VERSION:
            raise UnsupportedError(
                f"{path} has version {content['version']}, and this program knows version {VERSION}; use the "
                "lorasurgery that wrote it."
            )
        if tensors.keys() != content["parts"].keys():
            raise ValueError("its parts are not those that it lists")
        hashes = {str(name): str(hashed) for name, hashed in content["parts"].items()}
        delta = Delta(
            _side(content["base"]),
            _side(content["target"]),
            tuple(_recipe(each, "target", tensors, hashes) for each in content["forward"]),
            tuple(_recipe(each, "base", tensors, hashes) for each in content["back"]),
            str(content["tool"]),
        )
        _check(delta)
    except (SurgeryError, MemoryError, OSError):
        raise
    except Exception as error:  # a delta comes from anywhere, and may be anything
        raise DamagedFileError(f"{path} is damaged: {reason_of(error)}.") from None
    return delta


def _name(recipe: Recipe) -> str:
    file, name = recipe.key
    return f"{file}/{name}" if name != BYTES else file


def _packed_side(side: ListedSide) -> dict[str, Any]:
    files: dict[str, Any] = {name: {"nbytes": nbytes, "pieces": []} for name, nbytes in side.files.items()}
    for piece in side.pieces:
        own = _packed_key(piece.key)[1]
        row = [own, piece.offset, piece.dtype.name, list(piece.shape), piece.hash]
        files[piece.file]["pieces"].append(row)
    return {"name": side.name, "id": side.id, "is_folder": side.is_folder, "files": files}


def _side(content: Mapping[str, Any]) -> ListedSide:
    files = {str(name): int(file["nbytes"]) for name, file in content["files"].items()}
    pieces = tuple(
        ListedPiece(str(file), _own(name), int(offset), Dtype[dtype], tuple(shape), str(hash_))
        for file, held in content["files"].items()
        for name, offset, dtype, shape, hash_ in held["pieces"]
    )
    side = ListedSide(str(content["name"]), bool(content["is_folder"]), files, pieces)
    if side.id != content["id"]:
        raise ValueError("the hash of a side is not that of its pieces")
    return side


def _own(name: str | None) -> str:
    return BYTES if name is None else str(name)


def _packed(recipe: Recipe) -> dict[str, Any]:
    packed: dict[str, Any] = {"piece": _packed_key(recipe.key), "method": recipe.method}
    if recipe.source is not None:
        packed["source"] = _packed_key(recipe.source)
        packed["source_hash"] = recipe.source_hash
    return {**packed, "hash": recipe.hash, "parts": sorted(recipe.parts)}


def _packed_key(key: Key) -> list[str | None]:
    return [key[0], None if key[1] == BYTES else key[1]]


def _recipe(
    content: Mapping[str, Any], side: str, tensors: Mapping[str, LazyTensor], hashes: Mapping[str, str]
) -> Recipe:
    key: Key = (str(content["piece"][0]), _own(content["piece"][1]))
    source = content.get("source")
    bare = Recipe(key, str(content["hash"]), str(content["method"]))
    names = {part: f"{side}/{_name(bare)}/{part}" for part in content["parts"]}
    return Recipe(
        key,
        bare.hash,
        bare.method,
        None if source is None else (str(source[0]), _own(source[1])),
        str(content.get("source_hash", "")),
        {part: tensors[name] for part, name in names.items()},
        {part: hashes[name] for part, name in names.items()},
    )


def _check(delta: Delta) -> None:
    """Refuse what no run writes: names that lead out of a folder, pieces that do not fill a file."""
    for side, other, revert in ((delta.target, delta.base, False), (delta.base, delta.target, True)):
        _require(len(side.files) == 1 or (side.is_folder and len(side.files) > 1), "its number of files")
        folders = {name[:at] for name in side.files for at, mark in enumerate(name) if mark == "/"}
        for name in side.files:
            _require(can_be_listed(name) and name not in folders, f"the name {shortened(name)!r}")
        for piece in side.pieces:
            _require(
                all(map(is_count, (piece.offset, *piece.shape))), f"a size of {shortened(piece.title)!r}"
            )
        _require(_filled(side) == side.files, "the size of a file")
        recipes = delta.recipes(revert=revert)
        _require(recipes.keys() == side.by_key.keys(), "it does not make exactly the pieces of a side")
        for recipe in recipes.values():
            _require(recipe.method in METHODS, f"the method {recipe.method!r}")
            _require({*recipe.parts} <= {*METHODS[recipe.method]}, f"the parts of {recipe.method!r}")
            _require((recipe.source is None) == (recipe.method == "whole"), "a source")
            _require(recipe.source is None or recipe.source in other.by_key, f"the source {recipe.source}")
            _require(recipe.hash == side.by_key[recipe.key].hash, "a hash that disagrees")
            _check_source(recipe, side, other)


def _filled(side: ListedSide) -> dict[str, int]:
    """Return how far the pieces of each file lie end to end from its beginning: no byte is without a hash."""
    ends = dict.fromkeys(side.files, 0)
    for piece in sorted(side.pieces, key=lambda each: (each.offset, each.nbytes)):
        _require(piece.offset == ends[piece.file], f"the place of {shortened(piece.title)!r}")
        ends[piece.file] += piece.nbytes
    return ends


def _check_source(recipe: Recipe, side: ListedSide, other: ListedSide) -> None:
    if recipe.source is None:
        return
    piece, source = side.by_key[recipe.key], other.by_key[recipe.source]
    if recipe.method != "cast":
        _require(piece.dtype is source.dtype or recipe.method == "unchanged", f"the dtype of {piece.title!r}")
    if recipe.method not in ("rows", "unchanged"):
        _require(piece.shape == source.shape, f"the shape of {piece.title!r}")
    if recipe.method == "low-rank":
        left, right = (recipe.parts[name].shape for name in ("left", "right"))
        fits = len(left) == len(right) == 2 and left[1] == right[0] and (left[0], right[1]) == piece.shape
        _require(fits, f"the factors of {piece.title!r}")


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise ValueError(f"{what} is not what a delta holds")
