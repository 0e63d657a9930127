"""The sum Σ wᵢ ΔWᵢ, whose leading singular triplets are its best approximation of any rank.

Source: Eckart & Young, 1936.

The same answer as `cat`, whose singular values are what a rank is chosen from; PEFT's `svd`
decomposes the dense sum for it.
"""

from __future__ import annotations

from lorasurgery.fusing.cat import combine

__all__ = ["combine"]
