"""The Adapter: a change to a model, independent of how it is stored on disk.

module path -> factors of some variant, plus full parameters that are replaced, and where it all
came from. Paths are those of the model at run time (`model.layers.0.self_attn.q_proj`), as
`transformers` builds it; formats translate them to their own keys. Nothing here knows a file
format, and no factor is in memory until read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from lorasurgery.lazy import LazyTensor
from lorasurgery.variants.edit import Factors, own_shape

# The kinds of what no layer owns: adapters call it by its parameter's name, and not by a module's.
PARAMETER_KINDS = ("parameter", "experts")


@dataclass(frozen=True)
class TokenRows:
    """Rows that replace those of an embedding: `rows[i]` is the new row number `indices[i]`."""

    indices: tuple[int, ...]
    rows: LazyTensor


@dataclass(frozen=True)
class Host:
    """The model that an adapter is made for, as far as a format needs to know it.

    `modules` are all module paths of the run-time model, not only the adapted ones: formats that
    address modules by pattern check their patterns against them. `kinds` names the kind of the
    adapted ones: linear, conv1d, conv, embedding; and, where the path is that of a parameter which
    no layer owns that formats know, experts (three dimensions) or parameter (two); `experts` counts
    the experts of the former, and `shapes` are those that the class gives them. `transposed` are
    the paths of adapted modules whose matrix the class stores (in, out). `kernels` are the kernel
    shapes of the convolutions among them. `parameters` are the run-time names of all parameters and
    saved buffers, in the order in which the model registers them; `tied` maps the names that share
    another one's tensor to that one. `config` is the model's own, as its folder has it. `base_root`
    gives the root hash of the base, read when it is asked for; None where it is not known.
    """

    modules: tuple[str, ...]
    parameters: tuple[str, ...] = ()
    kinds: Mapping[str, str] = field(default_factory=dict)
    kernels: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    experts: Mapping[str, int] = field(default_factory=dict)
    shapes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    transposed: frozenset[str] = frozenset()
    class_name: str | None = None
    task_type: str | None = None
    base_name: str | None = None
    base_revision: str | None = None
    base_root: Callable[[], str] | None = field(default=None, compare=False)
    tied: Mapping[str, str] = field(default_factory=dict)
    config: Mapping[str, Any] = field(default_factory=dict)

    # Asked for once a module, of models with 100,000: each is made once.

    @cached_property
    def module_set(self) -> frozenset[str]:
        return frozenset(self.modules)

    @cached_property
    def parameter_set(self) -> frozenset[str]:
        return frozenset(self.parameters)

    @cached_property
    def parameter_endings(self) -> frozenset[str]:
        """The last two parts of every parameter's name: `experts.gate_up_proj`."""
        return frozenset(".".join(name.rsplit(".", 2)[-2:]) for name in self.parameters)

    @cached_property
    def aliases(self) -> Mapping[str, str]:
        """The first name that shares the tensor of another one, by the name that keeps the tensor."""
        return {kept: alias for alias, kept in reversed(list(self.tied.items()))}

    @cached_property
    def kind_names(self) -> frozenset[str]:
        """All kinds that some module has."""
        return frozenset(self.kinds.values())

    @cached_property
    def first_inside(self) -> Mapping[str, str]:
        """The first path of `kinds` inside a module, by that module's path."""
        found: dict[str, str] = {}
        for name, kind in self.kinds.items():
            module = name.rpartition(".")[0] if kind in PARAMETER_KINDS else name
            while module := module.rpartition(".")[0]:
                found.setdefault(module, name)
        return found


@dataclass(frozen=True)
class Nested:
    """The note of a LoRA-Dyn adapter, where every prefix of the ranks is an adapter of its own.

    `ranks` are the usual prefixes.

    `form` is `svd` where the ranks stand in the order of singular values, and the scale is that of
    the whole at every rank; `nested` where they were trained so (DyLoRA, Valipour et al., 2022,
    arXiv 2210.07558), and the scale at rank b is alpha / b.
    """

    form: str
    ranks: tuple[int, ...]


@dataclass(frozen=True)
class AdapterSource:
    """The file an adapter was read from: its format, its config, the modules of the config.

    Who writes the same format again may keep the words that still hold. `is_current` says that the
    library whose format it is reads the file today as it was meant; an older release, or another
    program, may have laid out its tensors in another way. `doubtful_experts` are parameters of fused
    experts whose numbers contradict the order that they are read in, or do not confirm a guess.
    """

    format: str
    config: Mapping[str, Any]
    modules: frozenset[str]
    is_current: bool = True
    doubtful_experts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Adapter:
    """A change to a model: factors of a variant by module path, and full parameters by name.

    `replaced` comes first where a parameter has both: factors are added to the table of tokens that
    came along. Of these, `copies` replace their module's own copy of a tied weight and leave its
    partner alone. `keeps_ties` are modules of which a change to a tied weight is meant for all that
    share it. `aims`, where a format knows it, picks from module paths those that the adapter says
    it changes. `unresolved` says what a format that read without the base could not know:
    names that are still the file's own, rows in another order. Singular values do not depend on it;
    everything else does. `notes` say what was decided in reading it that the user should know.
    `metadata` are the words in the file's header that are true of the adapter whatever becomes of its
    tensors: its title, the words that trigger it, how it was trained. `widens` are modules whose
    factors may be for more inputs than the base has, as control LoRAs have them: the weights of the
    others were zero.
    """

    host: Host
    modules: Mapping[str, Factors]
    replaced: Mapping[str, LazyTensor] = field(default_factory=dict)
    token_rows: Mapping[str, TokenRows] = field(default_factory=dict)
    copies: frozenset[str] = frozenset()
    keeps_ties: frozenset[str] = frozenset()
    aims: Callable[[Iterable[str]], set[str]] | None = None
    unresolved: str = ""
    source: AdapterSource | None = None
    nested: Nested | None = None
    notes: tuple[str, ...] = ()
    metadata: Mapping[str, str] = field(default_factory=dict)
    widens: frozenset[str] = frozenset()

    def is_vector(self, path: str) -> bool:
        """Whether a module's change is one of a norm's weight: a matrix of one column."""
        shape = own_shape(self.modules[path])
        return shape is not None and shape[1:] == (1,) and self.host.kinds.get(path) != "linear"


def shared_metadata(adapters: Iterable[Adapter]) -> dict[str, str]:
    """Return the metadata on which all adapters agree."""
    first, *others = (adapter.metadata for adapter in adapters)
    return {key: text for key, text in first.items() if all(each.get(key) == text for each in others)}
