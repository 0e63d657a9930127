"""GGUF models: blocks of quantised numbers, and the model as verbs see it, in transformers' names and order.

blocks.py   the types of blocks, as numbers
codes.py    the codes of blocks, for the types that are written again
model.py    which tensors of a file are which parameters, and what they are
"""
