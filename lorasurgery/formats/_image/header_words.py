"""Words in the header of a LoRA file that stay when the file is written anew: title, triggers, training.

    modelspec.title, modelspec.trigger_phrase, ...    (Stability AI's model spec)
    ss_tag_frequency, ss_base_model_version, ...      (sd-scripts)
    software, training_info, ...                      (ai-toolkit), and whatever else there is

Left out is what describes the tensors that were there: layout, scales, ranks, hashes. The writers say
these anew.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from lorasurgery.formats._image.header_alpha import METADATA, NUMBERS, OPTION
from lorasurgery.formats._image.image_file import metadata_in

RANK, MODULE, ARGUMENTS = "ss_network_dim", "ss_network_module", "ss_network_args"
MODEL_HASH, LEGACY_HASH = "sshs_model_hash", "sshs_legacy_hash"
OF_TENSORS = {"format", METADATA, *NUMBERS, OPTION, RANK, MODEL_HASH, LEGACY_HASH, "modelspec.hash_sha256"}
# What sd-scripts says of the method, which is true as long as the method is the same.
OF_METHOD = (MODULE, ARGUMENTS)
PLAIN = "networks.lora"


def words_in(file: Path) -> dict[str, str]:
    """Read the words of a file's header that stay."""
    return {key: text for key, text in metadata_in(file).items() if key not in OF_TENSORS}


def without_method(words: Mapping[str, str]) -> dict[str, str]:
    """Leave out what sd-scripts says of the method."""
    return {key: text for key, text in words.items() if key not in OF_METHOD}


def for_kohya(words: Mapping[str, str], *, is_plain: bool) -> dict[str, str]:
    """Give the words for a file of sd-scripts, with those on the method where it is still the same."""
    is_same = words.get(MODULE, "").startswith(PLAIN) == is_plain and MODULE in words
    return dict(words) if is_same else without_method(words)
