"""AdaLoRA's factors P Λ Q: unit columns and rows, and the singular values between them."""

from __future__ import annotations

from collections.abc import Callable

from lorasurgery.lazy import LazyTensor
from lorasurgery.surgery.conversion.foreseen_factors import stand_in
from lorasurgery.surgery.factorise.adapter_matrix import AdapterMatrix
from lorasurgery.surgery.factorise.factorised import Factorised
from lorasurgery.variants.adalora import AdaloraFactors
from lorasurgery.variants.lora import LoraFactors

# Makes AdaLoRA's factors of balanced ones.
Triplets = Callable[[LoraFactors], AdaloraFactors]


def triplets_of(made: Factorised[AdapterMatrix]) -> Triplets:
    """Divide the singular values out of balanced factors, B = U √S and A = √S Vᵀ."""

    def triplets(factors: LoraFactors) -> AdaloraFactors:
        import torch

        S = torch.tensor(made.sigma[: factors.rank], dtype=torch.float64)
        root = S.sqrt()
        A, B = factors.A, factors.B
        return AdaloraFactors(
            A.map(lambda t: (t.double() / root[:, None]).to(t.dtype)),
            B.map(lambda t: (t.double() / root).to(t.dtype)),
            LazyTensor.of(S[:, None].to(A.dtype.torch)),
            1.0,
        )

    return triplets


def unknown_triplets(index: int) -> Triplets:
    """Stand in for the singular values where they are not known yet."""
    return lambda factors: AdaloraFactors(
        factors.A, factors.B, stand_in((factors.rank, 1), factors.A.dtype, index), 1.0
    )
