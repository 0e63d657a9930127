"""What a graph whose adapters are files of their own says of its base: in its `metadata_props`.

    lorasurgery.base_root, .base_name, .base_revision

ONNX keeps such pairs of texts for whoever wrote the graph, and no runtime reads these.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from lorasurgery.adapter import Host
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.checkpoint.root import KEY
from lorasurgery.formats._stated_base import NAME, REVISION, base_metadata, stated_in

if TYPE_CHECKING:
    from onnx import ModelProto

KEYS = (KEY, NAME, REVISION)


def stated_host(base: Checkpoint) -> Host:
    """What is known of a model's weights: root hash, name and revision."""
    return Host(
        (),
        base_name=base.repository or base.name,
        base_revision=base.revision,
        base_root=lambda: base.root,
    )


def host_in(model: ModelProto) -> Host:
    """What a graph says of the model that it was made from; nothing where it has no root hash."""
    found = stated_in({each.key: each.value for each in model.metadata_props})
    if found is None:
        return Host(())
    return Host((), base_name=found.name, base_revision=found.revision, base_root=lambda: found.root)


def state_base(model: ModelProto, base: Host) -> None:
    """Write what is known of a model into its graph, in place of what the graph said before.

    Of a host that knows nothing, nothing is left: a graph with other weights has another base.
    """
    said = base_metadata(base)
    kept = {each.key: each.value for each in model.metadata_props if each.key not in KEYS}
    del model.metadata_props[:]
    for key, text in sorted({**kept, **said}.items()):
        entry = model.metadata_props.add()
        entry.key, entry.value = key, text
