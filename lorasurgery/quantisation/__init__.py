"""Which weights of a checkpoint are quantised, in which format, and what their numbers are.

The folder is the registry: every file here whose name does not start with `_` is a format. A format
has one function,

    weights(module, stated) -> the weights of one module that are stored in this format

from the names, shapes and dtypes of the module's tensors, and from what configs say of them
(`_stated.py`). It says which tensors belong together, what the format is called, the weight's own
shape, and, where the format is read, its numbers.

The answer is given once, when a checkpoint is opened, and it is the same for every verb:
`open_model` gives the checkpoint as verbs see it, each quantised weight a lazy tensor under its
plain name (`X.weight`, whatever its codes are called on disk) that reads as numbers, or says why it
cannot be read.

GGUF models (`_gguf/`) are no such format: each of their tensors states its type.
"""

from lorasurgery.quantisation._encoding import Encoding
from lorasurgery.quantisation._gguf.blocks import can_be_dequantised, dequantised
from lorasurgery.quantisation._gguf.codes import WRITTEN as GGUF_WRITTEN
from lorasurgery.quantisation._gguf.codes import gguf_encodings
from lorasurgery.quantisation._gguf.model import GgufModel, gguf_model, rows_of
from lorasurgery.quantisation._in_training import IN_TRAINING, numbers_in_training
from lorasurgery.quantisation._model import QuantisedModel, as_numbers, open_model, quantised_model
from lorasurgery.quantisation._refusal import not_numbers
from lorasurgery.quantisation._stated import STATING_FILES, Statements
from lorasurgery.quantisation._weight import QuantisedWeight

__all__ = [
    "GGUF_WRITTEN",
    "IN_TRAINING",
    "STATING_FILES",
    "Encoding",
    "GgufModel",
    "QuantisedModel",
    "QuantisedWeight",
    "Statements",
    "as_numbers",
    "can_be_dequantised",
    "dequantised",
    "gguf_encodings",
    "gguf_model",
    "not_numbers",
    "numbers_in_training",
    "open_model",
    "quantised_model",
    "rows_of",
]
