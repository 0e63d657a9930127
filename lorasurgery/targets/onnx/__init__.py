"""ONNX Runtime, and onnxruntime-genai, which hands adapters to it: what becomes of each tensor of a file.

A file's tensors are values for the graph's inputs of the same names, for a run. A name that is no input ends
the run, and so does another dtype or shape; an input that has a default and gets no value keeps it.

Source: ONNX Runtime 1.32.0, run on graphs and files that do and do not fit
(`tests/targets/test_onnx_target.py`); microsoft/onnxruntime, `onnxruntime/core/session/lora_adapters.cc`;
microsoft/onnxruntime-genai, `src/models/adapters.cpp`.
"""

from __future__ import annotations

from lorasurgery.targets._target import Target
from lorasurgery.targets.onnx.graph import open_graph
from lorasurgery.targets.onnx.rules import examine

TARGET = Target(
    "onnx",
    "ONNX Runtime",
    ("onnx",),
    examine,
    ("onnxruntime", "onnxruntime-genai", "ort", "genai"),
    open_base=open_graph,
)
