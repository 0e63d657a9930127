"""The parts of `inspect`: spectra of adapters, pairs and checkpoints, flags, and rows of tables."""
