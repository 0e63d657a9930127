"""What changed between two checkpoints: which tensors belong together, how far each moved, a verdict."""
