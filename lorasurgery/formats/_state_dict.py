"""A file of tensors by name, as `torch.save(model.state_dict())` writes it, and its names in a model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from lorasurgery.adapter import Host
from lorasurgery.architecture.spelling import best_rewritings, unwrapped
from lorasurgery.errors import AlignmentError, DamagedFileError, SurgeryError, UnreadableError
from lorasurgery.lazy import LazyTensor
from lorasurgery.paths import NO_FILE
from lorasurgery.text import listed

NO_ALPHA = "Its scale (alpha / rank) is not stored; give it with --alpha."


def find(path: Path, is_ours: Callable[[frozenset[str]], bool]) -> Path | None:
    """Find the file at a path, or the only one in a folder, whose names of tensors are the format's own."""
    file = _file_of(path)
    return file if file is not None and is_ours(names_in(file)) else None


def _file_of(path: Path) -> Path | None:
    from lorasurgery.checkpoint.folder import SUFFIXES

    try:
        if not path.is_dir():
            return path if path.suffix in SUFFIXES and path.is_file() else None
        if (path / "adapter_config.json").is_file():
            return None
        files = [each for each in path.iterdir() if each.suffix in SUFFIXES and each.is_file()]
    except NO_FILE:
        return None
    return files[0] if len(files) == 1 else None


def names_in(file: Path) -> frozenset[str]:
    """Return the names of a file's tensors; none where it is no such file.

    Raises:
        OSError, UnreadableError: it cannot be read now, which says nothing of what it is.
    """
    try:
        stamp = file.stat()
    except NO_FILE:
        return frozenset()
    return _names_in(file, stamp.st_size, stamp.st_mtime_ns)


@lru_cache(maxsize=16)
def _names_in(file: Path, _nbytes: int, _changed: int) -> frozenset[str]:
    """Read the names once: several formats ask for them, and an old pickle must be read whole."""
    from lorasurgery.checkpoint.safetensors_file import read_header

    try:
        if file.suffix == ".safetensors":
            return frozenset(map(unwrapped, read_header(file)[0].entries))
        return frozenset(tensors_in(file))
    except UnreadableError:
        raise
    except (SurgeryError, *NO_FILE):
        return frozenset()


def tensors_in(file: Path) -> Mapping[str, LazyTensor]:
    """Return a file's tensors by name, without the names of wrappers.

    Raises:
        CheckpointError: it cannot be read, or wants to run code.
        DamagedFileError: two names are one without wrappers.
    """
    from lorasurgery.checkpoint import open_checkpoint

    stored = open_checkpoint(file).tensors
    tensors = {unwrapped(name): tensor for name, tensor in stored.items()}
    if len(tensors) < len(stored):
        raise DamagedFileError(f"{file} has tensors whose names differ in the names of wrappers alone.")
    return tensors


def pairs_in(
    path: Path, stored: Mapping[str, Mapping[str, LazyTensor]], sides: tuple[str, str]
) -> Iterator[tuple[str, LazyTensor, LazyTensor]]:
    """Give each module with both of its matrices.

    Raises:
        DamagedFileError: one is missing, is not a matrix, or is empty.
    """
    for module, parts in stored.items():
        absent = [side for side in sides if side not in parts]
        if absent:
            raise DamagedFileError(f"{path} has half a pair of factors: {module}.{absent[0]} is missing.")
        first, second = (parts[side] for side in sides)
        if any(len(each.shape) != 2 or not each.numel for each in (first, second)):
            raise misfit(path, module, dict(zip(sides, (first, second), strict=True)))
        yield module, first, second


def misfit(path: Path, module: str, tensors: Mapping[str, LazyTensor]) -> DamagedFileError:
    """Build the error for factors of a module whose shapes do not fit."""
    shapes = " and ".join(f"{side} is {tensor.shape}" for side, tensor in tensors.items())
    return DamagedFileError(f"{path}: the factors of {module!r} do not fit: {shapes}.")


def located(path: Path, modules: Iterable[str], host: Host) -> Callable[[str], str]:
    """Find how names of the file are spelled in the host: as they are, or under one rewriting of all.

    Raises:
        AlignmentError: no such spelling.
    """
    modules, known = list(modules), known_modules(host)
    best, *others = best_rewritings(modules, known, lambda name: name if name in known else None)
    spelled = {name: name if best(name) not in known and name in known else best(name) for name in modules}
    refuse_strangers(path, [name for name in modules if spelled[name] not in known], len(modules))
    if others:
        one, other = spelled[modules[0]], others[0](modules[0])
        raise AlignmentError(f"{path}: {modules[0]!r} may be {one!r} or {other!r} in the base; rename it.")
    return lambda name: spelled.get(name, best(name))


def known_modules(host: Host) -> frozenset[str]:
    """List all paths that an adapter may name in this model."""
    return frozenset({*host.modules, *host.kinds})


def refuse_strangers(path: Path, absent: Iterable[str], count: int) -> None:
    """Refuse modules of a file that the base lacks; `count` is the number of modules in the file.

    Raises:
        AlignmentError: there are such.
    """
    absent = list(absent)
    if absent:
        raise AlignmentError(
            f"{path}: the base lacks {len(absent)} of its {count} modules ({listed(sorted(absent))}); "
            "check that both are of one model."
        )
