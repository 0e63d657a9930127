"""Which linear layers of a model bitsandbytes quantises while transformers loads it.

All of `nn.Linear` itself and Conv1D, but for tied weights, the output embeddings, the last module,
and what the class keeps in float32.

Source: transformers, quantizers/base.py (`get_keys_to_not_convert`) and
integrations/bitsandbytes.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lorasurgery.architecture.transformers_class import build_named


def quantisable_layers(config: Mapping[str, Any]) -> Mapping[str, bool]:
    """The modules that are quantised by default, each with whether it is a Conv1D, which stores (in, out).

    Raises:
        UnknownClassError: transformers does not build the model from this config.
    """
    from torch import nn
    from transformers.pytorch_utils import Conv1D
    from transformers.quantizers.base import get_keys_to_not_convert
    from transformers.quantizers.quantizers_utils import should_convert_module

    model = build_named(config)
    skipped = [*get_keys_to_not_convert(model), *(getattr(model, "_keep_in_fp32_modules", None) or ())]
    return {
        name: isinstance(module, Conv1D)
        for name, module in model.named_modules()
        if (type(module) is nn.Linear or isinstance(module, Conv1D)) and should_convert_module(name, skipped)
    }
