"""What a model is made of, and where each of its parameters lies in a checkpoint: plain values.

Two names for everything: the *run-time* name is the one that `model.named_parameters()` of the
class in `config.json` gives; the name *on disk* is the one in the file. They differ where a class
renames or fuses while loading (`vit.encoder.layer.0.attention.attention.query` on disk,
`vit.layers.0.attention.q_proj` at run time).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import accumulate
from typing import Any, Literal

Kind = Literal[
    "linear",  # nn.Linear, (out, in)
    "conv1d",  # GPT-2's Conv1D: a linear map stored (in, out)
    "conv",  # a convolution that LoRA in PEFT can wrap, (out, in, kernel...)
    "embedding",  # an embedding that LoRA in PEFT can wrap, (vocabulary, width)
    "experts",  # all experts of a layer in one parameter, (experts, out, in) or transposed
    "bias",  # any parameter that its module calls a bias
    "norm",  # the weight of a normalisation
    "bare",  # a parameter of a module that is none of the above: cls_token, a router, a packed projection
    "buffer",  # stored, but no parameter: position_ids, a causal mask, running statistics
    # the weight of a known layer that PEFT cannot adapt: one with its own forward, a convolution in
    # groups, or one
    "other",
    # whose owner asks it for more than a forward pass
]
LOW_RANK: frozenset[Kind] = frozenset({"linear", "conv1d", "conv", "embedding", "experts"})
Origin = Literal["table", "transformers", "names"]


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter of the run-time model; `transposed` where its matrix is stored (in, out) in the model."""

    name: str
    module: str
    kind: Kind
    shape: tuple[int, ...]
    transposed: bool = False


@dataclass(frozen=True)
class Architecture:
    """The model that a config names: its modules, its parameters, and which of them share a tensor.

    `origin` says who answered, `note` why a better source could not. `prefix` is the name under
    which the classes of this family hold their base model (`bert`, `model`). `conversion` holds
    transformers' own renaming tables for this class, or None where names on disk equal those at run
    time. `modules` are in the model's order; from `table` and `names` they are the owners of
    parameters and all that encloses them (see `table`, why that is enough).
    """

    class_name: str | None
    model_type: str | None
    task_type: str | None
    modules: tuple[str, ...]
    parameters: Mapping[str, Parameter]
    tied: Mapping[str, str]
    origin: Origin
    note: str = ""
    prefix: str = ""
    conversion: Any = field(default=None, repr=False, compare=False)

    def is_beside_base_model(self, name: str) -> bool:
        """Return whether a parameter belongs to a head, outside the module that holds the class's
        base model.

        A bare base model has no heads, nor has a class that spreads its base model out (T5's
        encoder and decoder).
        """
        return bool(self.prefix) and self.prefix in self.modules and not name.startswith(f"{self.prefix}.")


@dataclass(frozen=True, slots=True)
class Source:
    """One tensor on disk, or a part of it, as a matrix (out, in) or a vector (out).

    `expert` indexes the first dimension where experts lie fused on disk. Then `transposed` says
    that the rest is stored (in, out). Then `rows` cuts a range out of the rows, where one tensor on
    disk serves several parameters.
    """

    tensor: str
    expert: int | None = None
    transposed: bool = False
    rows: tuple[int, int] | None = None


@dataclass(frozen=True, slots=True)
class Layout:
    """How a parameter is stored: for each expert the sources that stack along `out`; one `expert`
    if it is plain.
    """

    experts: tuple[tuple[Source, ...], ...]

    @property
    def whole(self) -> Source | None:
        """The one tensor on disk that is this parameter, element for element, or None."""
        if len(self.experts) != 1 or len(self.experts[0]) != 1:
            return None
        source = self.experts[0][0]
        return source if source.expert is None and source.rows is None else None

    @property
    def tensors(self) -> tuple[str, ...]:
        """The names on disk, in order, each once."""
        if len(self.experts) == 1 and len(self.experts[0]) == 1:
            return (self.experts[0][0].tensor,)
        return tuple(dict.fromkeys(source.tensor for stack in self.experts for source in stack))


@dataclass(frozen=True)
class Binding:
    """Where the parameters of an architecture lie in one checkpoint.

    `unclaimed` are names on disk that no parameter wants. `missing` are parameters that this
    checkpoint lacks, save those that share the tensor of one that is there. `unread` are parameters
    whose tensors are there in a form that only transformers can convert, with the reason. `notes`
    tell what was aligned.
    """

    sources: Mapping[str, Layout]
    unclaimed: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    unread: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()

    def on_disk(self) -> dict[str, tuple[str, ...]]:
        """Invert the binding: name on disk -> the run-time parameters that it holds, whole or in part."""
        inverse: dict[str, list[str]] = {}
        for name, layout in self.sources.items():
            for tensor in layout.tensors:
                inverse.setdefault(tensor, []).append(name)
        return {tensor: tuple(names) for tensor, names in sorted(inverse.items())}


def owner(name: str) -> str:
    """The module that holds a parameter: `a.b.weight` -> `a.b`; the root is the empty string."""
    return name.rpartition(".")[0]


def enclosing(names: Iterable[str]) -> tuple[str, ...]:
    """Return all owners of these parameters and all modules around them, the root included, in order."""
    paths = (path for name in names for path in accumulate(owner(name).split("."), "{}.{}".format))
    return tuple(dict.fromkeys(["", *paths]))
