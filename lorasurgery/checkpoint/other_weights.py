"""Weights in formats that are not read, recognised by file names, and what to do with each."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path

SAVE_ANEW = (
    "is not read; load it in transformers 4 with {} and save it by save_pretrained, which writes safetensors"
)
# Names of files -> what they are, what is the case with them, and the way out.
KINDS = {
    ("tf_model.h5", "*.h5", "saved_model.pb", "*.ckpt.index", "*.ckpt.data-*", "*.ckpt-*.index"): (
        "a TensorFlow checkpoint",
        SAVE_ANEW.format("from_tf=True"),
    ),
    ("*.delta",): ("a delta", "is no model alone; `lorasurgery apply A DELTA` makes one of it"),
    ("*.msgpack",): ("a Flax checkpoint", SAVE_ANEW.format("from_flax=True")),
    ("*.gguf",): ("a GGUF model", "is read by its own name; name the file"),
    ("*.ggml",): ("a GGML model, which GGUF replaced", "is not read; give the model that it was made from"),
    ("*.onnx", "*.onnx_data"): (
        "an ONNX model",
        "is not read; give the checkpoint that it was exported from (`export-onnx` alone takes an .onnx "
        "file)",
    ),
    ("*.ckpt",): (
        "a PyTorch pickle under another name",
        "is not read; call it .pt, and it is read without running code",
    ),
    ("*.npz", "*.ot", "*.tflite", "*.mlmodel"): (
        "weights of another library",
        "is not read; convert them to safetensors first",
    ),
}


def described(files: Iterable[Path]) -> str | None:
    """Return which weights are among these files and how to use them, as the end of a sentence;
    None if there are none.
    """
    names = sorted(path.name for path in files)
    for patterns, (kind, fact) in KINDS.items():
        for name in names:
            if any(fnmatch(name, pattern) for pattern in patterns):
                return f"{kind} ({name}), which {fact}"
    return None
