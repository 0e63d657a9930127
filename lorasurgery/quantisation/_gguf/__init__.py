"""GGUF models: blocks of quantised numbers, and the model as verbs see it, in transformers' names and order.

blocks.py   the types of blocks, as numbers
model.py    which tensors of a file are which parameters, and what they are
"""
