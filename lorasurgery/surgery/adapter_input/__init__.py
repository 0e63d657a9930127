"""Open an adapter for its model: how it is read, which modules are selected, and whether it fits."""
