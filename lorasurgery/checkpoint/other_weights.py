"""Weights in formats that are not read, recognised by file names, and what to do with each."""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatch
from pathlib import Path

SAVE_ANEW = "load it in transformers 4 with {} and save it by save_pretrained, which writes safetensors"
# Names of files -> what they are, and the way out.
KINDS = {
    ("tf_model.h5", "*.h5", "saved_model.pb", "*.ckpt.index", "*.ckpt.data-*", "*.ckpt-*.index"): (
        "a TensorFlow checkpoint",
        SAVE_ANEW.format("from_tf=True"),
    ),
    ("*.msgpack",): ("a Flax checkpoint", SAVE_ANEW.format("from_flax=True")),
    ("*.gguf", "*.ggml"): ("a GGUF model", "give the model that it was made from, in safetensors"),
    ("*.onnx", "*.onnx_data"): (
        "an ONNX model",
        "give the checkpoint that it was exported from (`export-onnx` alone takes an .onnx file)",
    ),
    ("*.ckpt",): ("a PyTorch pickle under another name", "call it .pt, and it is read without running code"),
    ("*.npz", "*.ot", "*.tflite", "*.mlmodel"): (
        "weights of another library",
        "convert them to safetensors first",
    ),
}


def described(files: Iterable[Path]) -> str | None:
    """Return which weights are among these files and how to use them, as the end of a sentence;
    None if there are none.
    """
    names = sorted(path.name for path in files)
    for patterns, (kind, way_out) in KINDS.items():
        for name in names:
            if any(fnmatch(name, pattern) for pattern in patterns):
                return f"{kind} ({name}), which is not read; {way_out}"
    return None
