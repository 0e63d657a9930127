"""MLX's groups of integers.

    X.weight uint32 (out, in·bits/32)   X.scales (out, in/G)   X.biases (out, in/G)

Without biases it is MLX's MXFP4, MXFP8 or NVFP4. transformers calls the same `X.qbiases`. Source:
https://ml-explore.github.io/mlx, `mlx.core.quantize`. Not read as numbers yet.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from lorasurgery.dtypes import Dtype
from lorasurgery.quantisation._module import WEIGHT, Module
from lorasurgery.quantisation._stated import Stated
from lorasurgery.quantisation._weight import QuantisedWeight, unread, words

OTHERS = ("scales", "biases", "qbiases")


def weights(module: Module, stated: Stated) -> Iterator[QuantisedWeight]:
    """The weight of a module in MLX's layout."""
    if module.dtype(WEIGHT) is not Dtype.U32 or "scales" not in module.tensors:
        return
    settings = _settings(module, stated)
    group, columns, groups = (
        _size(settings, "group_size"),
        module.shape(WEIGHT)[-1],
        module.shape("scales")[-1:],
    )
    width = groups[0] * group if groups and group else None
    bits = 32 * columns // width if width else _size(settings, "bits")
    shape = (*module.shape(WEIGHT)[:-1], width) if width else None
    mode = settings.get("mode")
    name = f"MLX {mode}" if isinstance(mode, str) and mode != "affine" else "MLX"
    label = words(name, bits, group)
    yield unread(module, WEIGHT, WEIGHT, OTHERS, label, shape)


def _size(settings: Mapping[str, object], key: str) -> int | None:
    value = settings.get(key)
    return value if isinstance(value, int) and value > 0 else None


def _settings(module: Module, stated: Stated) -> Mapping[str, object]:
    """Those of the module, where the config has any for it alone, over those of all."""
    own = stated.settings.get(module.path)
    return {**stated.settings, **own} if isinstance(own, Mapping) else stated.settings
