"""The base model as an adapter sees it: its matrices, the names of its parameters, its class; and pairs of checkpoints."""
