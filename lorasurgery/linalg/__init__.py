"""Tensors in, tensors out: truncated SVD, rank rules, the noise edge, factors. No files, no names."""
