"""Models and adapters for ONNX Runtime: export, swap, and surgery on graphs."""
