"""llama.cpp's view of models: its architectures, its names of tensors, its order of rows, its settings."""
