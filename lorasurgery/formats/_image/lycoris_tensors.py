"""Group the tensors of a file of sd-scripts' family by module, and name the tensors it may have."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lorasurgery.architecture.spelling import unwrapped, unwrapped_text
from lorasurgery.errors import DamagedFileError, UnsupportedError
from lorasurgery.lazy import LazyTensor
from lorasurgery.text import listed

DOWN, UP, MID = "lora_down.weight", "lora_up.weight", "lora_mid.weight"
LOHA = ("hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b")
LOHA_CORES = ("hada_t1", "hada_t2")
LOKR = ("lokr_w1", "lokr_w1_a", "lokr_w1_b", "lokr_w2", "lokr_w2_a", "lokr_w2_b", "lokr_t2")
NORM = ("w_norm", "b_norm")
BESIDE = ("alpha", "dora_scale", "diff_b")
GLORA = ("a1.weight", "a2.weight", "b1.weight", "b2.weight")
# Of the parts of a packed projection, as sd-scripts has them for Flux.
OFT_PARTS = tuple(f"oft_blocks.{index}" for index in range(4))
OFT = ("oft_blocks", *OFT_PARTS, "rescale")
# What a norm's vector becomes, and the shape of a weight that gets more inputs.
SET, RESHAPE = "set_weight", "reshape_weight"
PARTS = (DOWN, UP, MID, *LOHA, *LOHA_CORES, *LOKR, *NORM, *GLORA, *OFT, "diff", SET, *BESIDE)
# Of names without dots alone: with dots, a model's own weight ends so.
IA3 = ("weight", "on_input")

# What else is found in such files, and what it is part of.
REFUSED: Mapping[str, str] = {
    "oft_diag": "OFT of LyCORIS before 2.0",
    **dict.fromkeys(IA3, "IA3"),
    "bm.weight": "a Tucker form of GLoRA",
    **dict.fromkeys(("q_layer.weight", "p_layer.weight", "lambda_layer"), "T-LoRA"),
    **dict.fromkeys(("bias_indices", "bias_values", "bias_size"), "a sparse bias"),
    "lokr_t1": "a Tucker form of LoKr that LyCORIS does not read either",
    "scalar": "a factor of LyCORIS before 1.6",
}


@dataclass(frozen=True)
class LycorisModuleTensors:
    """The tensors that a file has for one module.

    For messages, `place` names the file and the module, and `spellings` the names of tensors in the
    file where they differ from those here. `header_scale` gives the scale by the file's header at a
    rank, for modules without an alpha.
    """

    place: str
    tensors: Mapping[str, LazyTensor]
    spellings: Mapping[str, str] = field(default_factory=dict)
    header_scale: Callable[[int], float | None] = lambda _: None

    def tensor(self, part: str) -> LazyTensor:
        """Return a tensor that must be there.

        Raises:
            DamagedFileError: it is not.
        """
        found = self.tensors.get(part)
        if found is None:
            others = ", ".join(map(self._spelling, sorted(self.tensors)))
            raise DamagedFileError(f"{self.place} has {others}, and no {self._spelling(part)}.")
        return found

    def scale(self, rank: int) -> float:
        """Return the module's alpha divided by a rank.

        Raises:
            DamagedFileError: alpha is not a number.
            UnsupportedError: it is 0, which different programs read differently.
        """
        alpha = self.tensors.get("alpha")
        if alpha is None:
            stated = self.header_scale(rank)
            return 1.0 if stated is None else stated
        is_number = alpha.numel == 1 and not alpha.dtype.is_complex
        value = float(alpha.read()) if is_number else math.nan
        if not math.isfinite(value):
            raise DamagedFileError(f"{self.place} has an alpha that is not one finite number.")
        if value == 0:
            raise UnsupportedError(
                f"{self.place} has alpha 0, which sd-scripts and LyCORIS take for the rank and ComfyUI for "
                "no change at all; "
                "store the alpha that is meant."
            )
        return value / rank if rank else 1.0

    def contradiction(self, reason: str) -> DamagedFileError:
        shapes = ", ".join(
            f"{self._spelling(part)} {list(each.shape)}" for part, each in sorted(self.tensors.items())
        )
        return DamagedFileError(f"{self.place} has tensors that do not belong together, {reason}: {shapes}.")

    def _spelling(self, part: str) -> str:
        return self.spellings.get(part, part)


def everything(_: str) -> bool:
    """Keep each module."""
    return True


def by_module(
    path: Path,
    tensors: Mapping[str, LazyTensor],
    parsed: Callable[[str], tuple[str, str] | None],
    part_of: Callable[[str], str] = lambda _: "",
    keep: Callable[[str], bool] = everything,
) -> dict[str, dict[str, LazyTensor]]:
    """Group the tensors of a file by module, and by what each one is.

    Args:
        parsed: gives a key's module and part; None for keys that are not read.
        part_of: of such a key, as far as it says what the tensor is.
        keep: which modules are wanted, by the file's names.

    Raises:
        DamagedFileError: two keys for one tensor.
        UnsupportedError: tensors of something that is not read.
    """
    stored: dict[str, dict[str, LazyTensor]] = defaultdict(dict)
    unknown: dict[str, list[str]] = defaultdict(list)
    for key, tensor in tensors.items():
        if (found := parsed(unwrapped_text(unwrapped(key)))) is None:
            unknown[REFUSED.get(part_of(key), "no method that this program knows")].append(key)
        elif found[1] in stored[found[0]]:
            raise DamagedFileError(f"{path} has two tensors that are {found[1]} of {found[0]!r}.")
        else:
            stored[found[0]][found[1]] = tensor
    if unknown:
        kinds = ", and ".join(f"{listed(sorted(keys))} of {kind}" for kind, keys in sorted(unknown.items()))
        raise UnsupportedError(
            f"{path} has {sum(map(len, unknown.values()))} tensors that cannot be read: {kinds}. Merge it "
            "with the program that it was made for."
        )
    return {module: parts for module, parts in stored.items() if keep(module)}
