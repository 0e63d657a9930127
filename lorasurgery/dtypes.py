"""The dtypes that a safetensors file can hold, known without torch.

Source: safetensors' `Dtype` enumeration (safetensors 0.8). Two of its members have no torch dtype,
the six-bit floats; a four-bit float is stored by torch two to an element, so its last dimension
reads as half of what the header says.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from enum import Enum
from functools import cache, cached_property
from typing import TYPE_CHECKING

from lorasurgery.errors import UnsupportedError

if TYPE_CHECKING:
    from torch import dtype as TorchDtype


class Dtype(Enum):
    """A dtype by its name in safetensors headers, with torch's name and the bits of an element.

    The order is the one in which the library lays tensors into a file: the widest come first, so
    that each begins at a multiple of its own size.
    """

    U64 = ("uint64", 64)
    I64 = ("int64", 64)
    F64 = ("float64", 64)
    C64 = ("complex64", 64)
    F32 = ("float32", 32)
    U32 = ("uint32", 32)
    I32 = ("int32", 32)
    BF16 = ("bfloat16", 16)
    F16 = ("float16", 16)
    U16 = ("uint16", 16)
    I16 = ("int16", 16)
    F8_E5M2FNUZ = ("float8_e5m2fnuz", 8)
    F8_E4M3FNUZ = ("float8_e4m3fnuz", 8)
    F8_E8M0 = ("float8_e8m0fnu", 8)
    F8_E4M3 = ("float8_e4m3fn", 8)
    F8_E5M2 = ("float8_e5m2", 8)
    I8 = ("int8", 8)
    U8 = ("uint8", 8)
    F6_E3M2 = (None, 6)
    F6_E2M3 = (None, 6)  # noqa: PIE796 - see `__new__`
    F4 = ("float4_e2m1fn_x2", 4)
    BOOL = ("bool", 8)

    torch_name: str | None
    bits: int

    def __new__(cls, torch_name: str | None, bits: int) -> Dtype:
        """Number the members: two of the same value would be one, and the six-bit floats have the same."""
        member = object.__new__(cls)
        member._value_ = len(cls.__members__)
        member.torch_name, member.bits = torch_name, bits
        return member

    @property
    def layout_order(self) -> int:
        """Where tensors of this dtype come in a file."""
        order: int = self.value
        return order

    @property
    def itemsize(self) -> int:
        """Bytes that an element takes in torch, which counts two four-bit floats as one."""
        return (self.bits + 7) // 8

    @property
    def is_floating_point(self) -> bool:
        return self.name.startswith(("F", "BF"))

    @property
    def is_complex(self) -> bool:
        return self is Dtype.C64

    @property
    def label(self) -> str:
        """The name in torch, which is what people know it by."""
        return self.torch_name or self.name

    def __str__(self) -> str:
        return self.label

    @property
    def eps(self) -> float:
        """The distance from 1 to the next larger number of a float dtype."""
        return 2.0 ** -_MANTISSA_BITS[self]

    @property
    def smallest_normal(self) -> float:
        """The smallest positive number of a float dtype that has all its digits."""
        return 2.0 ** _LEAST_EXPONENT[self]

    @property
    def is_in_torch(self) -> bool:
        """Return whether torch has this dtype; torch is asked only about those that its oldest
        supported release lacks.
        """
        return self.torch_name is not None and (self not in _YOUNG or self in _torch_dtypes())

    @cached_property
    def torch(self) -> TorchDtype:
        """Torch's dtype.

        Raises:
            UnsupportedError: torch has none.
        """
        found = _torch_dtypes().get(self)
        if found is None:
            raise UnsupportedError(f"torch has no dtype for {self.name}.")
        return found

    @staticmethod
    def named(label: str) -> Dtype:
        """The dtype that is called so, by torch's name or another (see `spelled`).

        Raises:
            UnsupportedError: none is.
        """
        for dtype in Dtype:
            if dtype.label == spelled(label):
                return dtype
        raise UnsupportedError(f"{label!r} is not a dtype.")

    @staticmethod
    def of(dtype: TorchDtype) -> Dtype:
        """Return the Dtype for a torch dtype.

        Raises:
            UnsupportedError: safetensors has none.
        """
        found = _by_torch().get(dtype)
        if found is None:
            raise UnsupportedError(f"safetensors has no dtype for {str(dtype).removeprefix('torch.')}.")
        return found


# Bits behind the point of each float dtype, and the exponent of its smallest normal number.
_MANTISSA_BITS = {
    Dtype.F64: 52,
    Dtype.F32: 23,
    Dtype.BF16: 7,
    Dtype.F16: 10,
    Dtype.F8_E5M2FNUZ: 2,
    Dtype.F8_E4M3FNUZ: 3,
    Dtype.F8_E8M0: 0,
    Dtype.F8_E4M3: 3,
    Dtype.F8_E5M2: 2,
    Dtype.F6_E3M2: 2,
    Dtype.F6_E2M3: 3,
    Dtype.F4: 1,
}
_LEAST_EXPONENT = {
    Dtype.F64: -1022,
    Dtype.F32: -126,
    Dtype.BF16: -126,
    Dtype.F16: -14,
    Dtype.F8_E5M2FNUZ: -15,
    Dtype.F8_E4M3FNUZ: -7,
    Dtype.F8_E8M0: -127,
    Dtype.F8_E4M3: -6,
    Dtype.F8_E5M2: -14,
    Dtype.F6_E3M2: -2,
    Dtype.F6_E2M3: 0,
    Dtype.F4: 0,
}

# What else people call the floats: torch's other names for them, C's and NumPy's, and the short
# ones of exporters and image tools.
SPELLINGS = {
    **dict.fromkeys(("fp64", "f64", "double"), "float64"),
    **dict.fromkeys(("fp32", "f32", "float", "single"), "float32"),
    **dict.fromkeys(("fp16", "f16", "half"), "float16"),
    "bf16": "bfloat16",
}


def spelled(name: object) -> str:
    """Return torch's name for a dtype: `float16` for `fp16`, `half` and `torch.float16`; other words stay."""
    word = str(name).removeprefix("torch.").lower()
    return SPELLINGS.get(word, word)


def chosen(name: object, allowed: Sequence[str]) -> str:
    """The dtype that the user names, if it is one of those allowed, by torch's name for it.

    Raises:
        UnsupportedError: it is none of them.
    """
    word = spelled(name)
    if word not in allowed:
        raise UnsupportedError(f"The dtype {str(name)!r} is not one of {', '.join(allowed)}.")
    return word


def widest(dtypes: Iterable[Dtype]) -> Dtype:
    """Return a float dtype that holds the numbers of all of these: the widest, or float32 for
    bfloat16 and float16.
    """
    found = set(dtypes)
    if {Dtype.BF16, Dtype.F16} <= found:
        found.add(Dtype.F32)
    return max(found, key=lambda dtype: dtype.itemsize, default=Dtype.F32)


_YOUNG = frozenset({Dtype.F8_E8M0, Dtype.F4})


@cache
def _torch_dtypes() -> dict[Dtype, TorchDtype]:
    """Those that this torch can hold."""
    import torch

    named = {dtype: dtype.torch_name for dtype in Dtype if dtype.torch_name is not None}
    return {dtype: getattr(torch, own) for dtype, own in named.items() if hasattr(torch, own)}


@cache
def _by_torch() -> dict[TorchDtype, Dtype]:
    return {own: dtype for dtype, own in _torch_dtypes().items()}
