"""Weights on disk: open by headers, read a tensor or rows of it, write as a stream, appear whole or
not at all.
"""

from lorasurgery.checkpoint.open import open_checkpoint
from lorasurgery.checkpoint.output import (
    check_output,
    check_output_file,
    check_space,
    output_file,
    output_folder,
    space_notes,
)
from lorasurgery.checkpoint.spill import Spill
from lorasurgery.checkpoint.value import Checkpoint
from lorasurgery.checkpoint.write import tensor_bytes, write_checkpoint, write_safetensors, write_text

__all__ = [
    "Checkpoint",
    "Spill",
    "check_output",
    "check_output_file",
    "check_space",
    "open_checkpoint",
    "output_file",
    "output_folder",
    "space_notes",
    "tensor_bytes",
    "write_checkpoint",
    "write_safetensors",
    "write_text",
]
