"""Pair two checkpoints of one model, parameter by parameter, by the tuned one's run-time names.

Real pairs differ in dtype, in sharding, in a prefix, in a head that one lacks, in the size of the
vocabulary. What can be aligned is aligned, and listed in `notes`; all that cannot is in one error,
from headers, before any work starts.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import accumulate

from lorasurgery.architecture import Architecture, architecture_of, bind
from lorasurgery.architecture.image_inputs import INPUT_LAYERS
from lorasurgery.architecture.value import Binding, Layout, Parameter
from lorasurgery.architecture.vocabulary import states_a_vocabulary, vocabulary_paths
from lorasurgery.checkpoint import Checkpoint
from lorasurgery.checkpoint.as_trained import refuse_as_trained
from lorasurgery.errors import AlignmentError, UnsupportedError
from lorasurgery.quantisation import not_numbers
from lorasurgery.surgery.base.matrix import matrices
from lorasurgery.surgery.base.name_filter import NameFilter
from lorasurgery.text import listed, times

# The base may lack this share of the parameters: a head is less, another model is more.
MOST_NEW = 0.5


@dataclass(frozen=True, slots=True)
class PairedParameter:
    """One parameter on both sides; `base` is None where only the tuned checkpoint has it.

    `shape` is the tuned tensor's as stored, `base_shape` the base's. `grown` says that the tuned
    side has rows for new tokens and is otherwise alike, `cut` that it lacks rows for some of the
    base's tokens, `wider` that it has columns for more inputs.
    """

    parameter: Parameter
    tuned: Layout
    base: Layout | None
    shape: tuple[int, ...]
    base_shape: tuple[int, ...] | None
    grown: bool
    cut: bool = False
    wider: bool = False

    @property
    def name(self) -> str:
        return self.parameter.name

    @property
    def is_comparable(self) -> bool:
        """Whether the base has a tensor to compare with; a head with other labels is another head."""
        return self.base is not None and (self.grown or self.wider or self.shape == self.base_shape)


@dataclass(frozen=True)
class CheckpointPair:
    """Two checkpoints of one model.

    Attributes:
        parameters: those of the tuned checkpoint, in the model's order.
        unclaimed: tensors of its files that its class does not have.
        unread: parameters that only transformers can assemble, with the reason.
    """

    base: Checkpoint
    tuned: Checkpoint
    architecture: Architecture
    parameters: Mapping[str, PairedParameter]
    unclaimed: tuple[str, ...]
    unread: Mapping[str, str]
    notes: tuple[str, ...]


def unread_label(pair: CheckpointPair, name: str) -> str:
    """Return how a parameter is quantised that cannot be read on one side; "" where both can."""
    each = pair.parameters[name]
    sides = ((pair.base, each.base), (pair.tuned, each.tuned))
    stored = [
        checkpoint.tensors[tensor].quantised
        for checkpoint, layout in sides
        for tensor in (layout.tensors if layout else ())
    ]
    return next((each.label for each in stored if each is not None and each.refusal), "")


def pair_up(
    base: Checkpoint, tuned: Checkpoint, chosen: NameFilter, widens: Collection[str] = ()
) -> CheckpointPair:
    """Align two checkpoints.

    Args:
        chosen: which parameters are wanted; mismatches among the others do not matter.
        widens: the last names of modules that may have more inputs than in the base.

    Raises:
        AlignmentError: they are not the same model; all differences are in the message.
        UnsupportedError: weights are quantised in a way that cannot be read.
    """
    architecture = architecture_of(tuned)
    refuse_as_trained(base, architecture.parameters if architecture.origin != "names" else ())
    ours = _bind_once(architecture, tuned)
    theirs = _through_ties(_bind_once(architecture, base), ours, base)
    paired = {
        name: _paired(architecture.parameters[name], layout, theirs, base, tuned)
        for name, layout in ours.sources.items()
    }
    paired = {name: _maybe_wider(each, widens) for name, each in paired.items()}
    if not paired:
        raise AlignmentError(
            f"The config of {tuned.name} names {architecture.class_name}, which has none of its tensors "
            f"({listed(list(tuned.tensors))}). "
            "Put the config that belongs to these weights into their folder, or none."
        )
    chosen.check([*paired, *ours.unread, *theirs.unread])
    _refuse_unread(tuned, {name: why for name, why in ours.unread.items() if chosen(name)})
    _refuse_unread(base, {name: why for name, why in theirs.unread.items() if chosen(name)})
    wanted = {name: each for name, each in paired.items() if chosen(name)}
    _refuse_strangers(base, tuned, paired)
    _refuse_new_layers(base, tuned, wanted)
    _refuse_unread_weights(wanted, base, tuned)
    _refuse_shapes(architecture, wanted)
    notes = (*_notes(architecture, ours, theirs, wanted), *_notes_of_quantisation(base, tuned, wanted))
    return CheckpointPair(base, tuned, architecture, paired, ours.unclaimed, ours.unread, notes)


def _bind_once(architecture: Architecture, checkpoint: Checkpoint) -> Binding:
    """Locate the parameters; of those that share a tensor only the one whose name the class keeps."""
    bound, tied = bind(architecture, checkpoint), architecture.tied
    copies = [name for name in bound.sources if tied.get(name) in bound.sources]
    sources = {tied.get(name, name): layout for name, layout in bound.sources.items() if name not in copies}
    # Several names of one tensor in a pickle need no note; headers do not show whether copies are
    # equal.
    assumed = [name for name in copies if not checkpoint.aliases]
    notes = [
        f"{name!r} of {checkpoint.name} is taken for a copy of {tied[name]!r}: the config ties them."
        for name in assumed
    ]
    return dataclasses.replace(bound, sources=sources, notes=(*bound.notes, *notes))


def _through_ties(theirs: Binding, ours: Binding, base: Checkpoint) -> Binding:
    """Locate parameters that the base ties and the tuned checkpoint does not: both in one tensor."""
    absent = [name for name in ours.sources if name not in theirs.sources]
    if not absent or not base.config:
        return theirs
    tied = architecture_of(base).tied
    shared = {name: theirs.sources[tied[name]] for name in absent if tied.get(name) in theirs.sources}
    return dataclasses.replace(theirs, sources={**theirs.sources, **shared})


def _paired(
    parameter: Parameter, layout: Layout, theirs: Binding, base: Checkpoint, tuned: Checkpoint
) -> PairedParameter:
    other = theirs.sources.get(parameter.name)
    shape = stored_shape(tuned, layout)
    base_shape = stored_shape(base, other) if other else None
    differs = base_shape is not None and shape[1:] == base_shape[1:] and shape[:1] != base_shape[:1]
    of_tokens = differs and _is_of_tokens(parameter, shape, tuned)
    grown = of_tokens and shape > (base_shape or ())
    return PairedParameter(parameter, layout, other, shape, base_shape, grown, of_tokens and not grown)


def _maybe_wider(each: PairedParameter, widens: Collection[str]) -> PairedParameter:
    """Say of a matrix whether it has more inputs than in the base, where its module may."""
    shape, before = each.shape, each.base_shape
    may = each.name.removesuffix(".weight").rpartition(".")[2] in widens
    if not may or before is None or len(shape) != 2 or shape[0] != before[0] or shape[1] <= before[1]:
        return each
    return dataclasses.replace(each, wider=True)


def _is_of_tokens(parameter: Parameter, shape: tuple[int, ...], checkpoint: Checkpoint) -> bool:
    """Return whether each row belongs to a token, not to a label or a position."""
    config = checkpoint.config
    if not states_a_vocabulary(config) and parameter.kind == "embedding":
        return True
    return bool(vocabulary_paths(config, parameter.name, shape[0]))


def stored_shape(checkpoint: Checkpoint, layout: Layout) -> tuple[int, ...]:
    """Return a parameter's shape in a checkpoint: the tensor's, or (experts, out, in) if assembled."""
    whole = layout.whole
    if whole is not None:
        return checkpoint.tensors[whole.tensor].shape
    parts = matrices(checkpoint, layout)
    return (len(parts), *parts[0].shape)


def _refuse_unread(checkpoint: Checkpoint, unread: Mapping[str, str]) -> None:
    if unread:
        name, reason = next(iter(unread.items()))
        raise UnsupportedError(
            f"{name!r} of {checkpoint.name} cannot be put together from its files: {reason}. {len(unread)} "
            "parameters are like that; fetch the files again, or leave these out with --exclude."
        )


def _refuse_strangers(base: Checkpoint, tuned: Checkpoint, paired: Mapping[str, PairedParameter]) -> None:
    """Refuse a base that lacks most of the model; a head may be new."""
    absent = [name for name, each in paired.items() if each.base is None]
    if len(absent) == len(paired):
        raise AlignmentError(
            f"{base.name} and {tuned.name} have no tensor in common: {next(iter(base.tensors))!r} is in the "
            f"one, {next(iter(tuned.tensors))!r} in the other. Check that both come from one model."
        )
    if len(absent) > MOST_NEW * len(paired):
        raise AlignmentError(
            f"{len(absent)} of {len(paired)} parameters of {tuned.name} are not in {base.name} "
            f"({listed(absent)}). Check that both come from one model."
        )


def _refuse_new_layers(base: Checkpoint, tuned: Checkpoint, paired: Mapping[str, PairedParameter]) -> None:
    """Refuse a new layer among layers that the base has."""
    absent = [name for name, each in paired.items() if each.base is None]
    known = {stem for name, each in paired.items() if each.base is not None for stem in _stems(name)}
    layers = [name for name in absent if _is_numbered_among(name, known)]
    if layers:
        raise AlignmentError(
            f"{listed(layers)} of {tuned.name} {'are' if len(layers) > 1 else 'is'} not in {base.name}, "
            f"which has the layers next to them ({len(layers)} of {len(paired)} parameters). Check that "
            "both come from one model, or --exclude them."
        )


def _is_numbered_among(name: str, known: set[str]) -> bool:
    """Return whether a name is in a numbered list that also has members among the stems `known`."""
    parts = name.split(".")
    return any(stem in known for stem, part in zip(_stems(name), parts[1:], strict=True) if part.isdigit())


def _stems(name: str) -> Iterator[str]:
    """Return the paths of all modules around a parameter, from the outermost on."""
    return accumulate(name.split(".")[:-1], lambda path, part: f"{path}.{part}")


def _refuse_unread_weights(
    paired: Mapping[str, PairedParameter], base: Checkpoint, tuned: Checkpoint
) -> None:
    for checkpoint, layouts in (
        (base, [each.base for each in paired.values()]),
        (tuned, [each.tuned for each in paired.values()]),
    ):
        for layout in layouts:
            for name in layout.tensors if layout else ():
                _refuse_unread_weight(checkpoint, name)


def _refuse_unread_weight(checkpoint: Checkpoint, name: str) -> None:
    tensor = checkpoint.tensors[name]
    if tensor.dtype.is_complex and len(tensor.shape) >= 2:
        dtype = str(tensor.dtype)
        raise UnsupportedError(
            f"{name!r} of {checkpoint.name} is {dtype}, and adapters hold real numbers. Leave it out with "
            "--exclude."
        )
    fact = not_numbers(checkpoint, name)
    if fact:
        raise UnsupportedError(
            f"{fact}. Give the 16-bit original of the checkpoint, or leave this out with --exclude."
        )


def _refuse_shapes(architecture: Architecture, paired: Mapping[str, PairedParameter]) -> None:
    both = [each for each in paired.values() if each.base is not None]
    misfits = [each for each in both if each.shape != each.base_shape and not _may_differ(architecture, each)]
    if not misfits:
        return
    first = misfits[0]
    others = f" (and {listed([each.name for each in misfits[1:]])})" if len(misfits) > 1 else ""
    may_be_wider = all(_maybe_wider(each, INPUT_LAYERS).wider for each in misfits)
    way = (
        " Written with --format comfyui, kohya or diffusers, an adapter can have more inputs."
        if may_be_wider
        else ""
    )
    raise AlignmentError(
        f"{first.name!r} is {times(first.base_shape or ())} in base and {times(first.shape)} in "
        f"tuned{others}. {len(misfits)} of {len(both)} parameters differ in shape; leave them out with "
        f"--exclude, or check that both come from one model.{way}"
    )


def _may_differ(architecture: Architecture, each: PairedParameter) -> bool:
    """Return whether shapes may differ: the vocabulary may change, and a head may be another."""
    is_head = architecture.is_beside_base_model(each.name)
    return is_head or each.wider or ((each.grown or each.cut) and each.parameter.kind == "embedding")


def _notes_of_quantisation(
    base: Checkpoint, tuned: Checkpoint, paired: Mapping[str, PairedParameter]
) -> Iterator[str]:
    """Note where the sides are quantised differently: the difference includes that error."""
    for name, each in paired.items():
        one, other = _label(base, each.base), _label(tuned, each.tuned)
        if each.base is not None and one != other:
            yield (
                f"{name!r} is {one} in the base and {other} in the fine-tune: the error of quantising is a "
                "part of the difference, unless the fine-tune began with the quantised weights."
            )
            return


def _label(checkpoint: Checkpoint, layout: Layout | None) -> str:
    """Return how a parameter is quantised."""
    stored = [checkpoint.tensors[name].quantised for name in (layout.tensors if layout else ())]
    return next((f"quantised ({each.label})" for each in stored if each), "not quantised")


def _notes(
    architecture: Architecture, ours: Binding, theirs: Binding, paired: Mapping[str, PairedParameter]
) -> tuple[str, ...]:
    notes = [architecture.note, *ours.notes, *theirs.notes]
    new = [name for name, each in paired.items() if each.base is None]
    grown = [name for name, each in paired.items() if each.grown]
    cut = [name for name, each in paired.items() if each.cut]
    if new:
        notes.append(f"{listed(new)} {'are' if len(new) > 1 else 'is'} new: the base has no such parameter.")
    if grown:
        more = paired[grown[0]].shape[0] - (paired[grown[0]].base_shape or (0,))[0]
        notes.append(f"{listed(grown)}: {more} rows more than in the base.")
    if cut:
        fewer = (paired[cut[0]].base_shape or (0,))[0] - paired[cut[0]].shape[0]
        notes.append(
            f"{listed(cut)}: {fewer} rows fewer than in the base; "
            f"{'they travel' if len(cut) > 1 else 'it travels'} whole."
        )
    notes += [
        f"{each.name!r} has {each.shape[1]} inputs and {each.base_shape[1]} in the base: the weights of the "
        "others are taken for zero there, as programs that load the adapter do."
        for each in paired.values()
        if each.wider and each.base_shape is not None
    ]
    if theirs.unclaimed:
        notes.append(f"{listed(list(theirs.unclaimed))} of the base has no counterpart and is not needed.")
    return tuple(dict.fromkeys(note for note in notes if note))
