"""The root hash of a checkpoint: which model it is, from headers and a sample of its numbers.

    BLAKE3 of the sorted set of   dtype, shape, first 512 elements as stored    of 1024 tensors at most,
                                  dtype, shape, name                            of the others

The sample is what tells a model from one that was trained further from it, or had an adapter merged
into it; a change that misses those elements does not show. Names of files, the order and the number of
shards, and the names of the sampled tensors are not covered, nor how often a tensor is there: a pickle
has tied weights twice. So a copy in other shards has the same root, and one in another dtype or quantisation
has another. Of quantised tensors, whose numbers are made when they are read, no sample is taken. About
a megabyte is read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping

from lorasurgery.checkpoint.pages import jobs_ahead
from lorasurgery.lazy import LazyTensor
from lorasurgery.thread_pool import ThreadPool

# Where an adapter's file has the root of its base: in the metadata of its header. In PEFT's config it would
# be a key that PEFT warns of whenever it loads the adapter.
KEY, FORM = "lorasurgery.base_root", re.compile(r"[0-9a-f]{32}")

SAMPLED_TENSORS, SAMPLED_ELEMENTS = 1024, 512


def root_of(tensors: Mapping[str, LazyTensor]) -> str:
    """Hash tensors by the rule above; 32 hexadecimal digits.

    Raises:
        CheckpointError: the numbers of the sample cannot be read.
    """
    from blake3 import blake3

    sampled = _sampled(name for name, tensor in tensors.items() if tensor.bits is not None)

    def said_of(name: str) -> bytes:
        tensor = tensors[name]
        content = _first_elements(tensor) if name in sampled else repr(name).encode()
        return repr((tensor.dtype.name, tensor.shape)).encode() + content

    # Of a file elsewhere, each sample is a request, and many are on their way at once.
    with ThreadPool(jobs_ahead()) as pool:
        found = set(pool.map(said_of, tensors))
    return blake3(b"".join(blake3(each).digest() for each in sorted(found))).hexdigest(16)


def _sampled(names: Iterable[str]) -> set[str]:
    """Choose by the names' own hashes, so that one name more or less hardly changes the choice."""
    from blake3 import blake3

    return {*sorted(names, key=lambda name: blake3(repr(name).encode()).digest())[:SAMPLED_TENSORS]}


def _first_elements(tensor: LazyTensor) -> bytes:
    found: bytes = tensor.read_bits(0, min(tensor.numel, SAMPLED_ELEMENTS)).tobytes()
    return found


def root_metadata(root: Callable[[], str] | None) -> dict[str, str]:
    """Build what the header of an adapter's file says of its base; nothing where that is not known."""
    return {} if root is None else {KEY: root()}


def stated_root(metadata: Mapping[str, str]) -> str | None:
    """Return the root that a header states; None where there is none, or what cannot be one."""
    root = metadata.get(KEY, "")
    return root if FORM.fullmatch(root) else None
