"""The sum, to be cut: the best approximation of Σ wᵢ ΔWᵢ of any rank is the leading part of its decomposition (Eckart & Young, 1936).

The same answer as `cat`, whose singular values are what a rank is chosen from; PEFT's `svd` decomposes the dense sum for it.
"""

from __future__ import annotations

from lorasurgery.fusing.cat import combine

__all__ = ["combine"]
