"""A delta: one file from which a checkpoint comes back byte for byte, given another, in either direction."""
