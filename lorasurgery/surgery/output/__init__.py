"""Where an output goes and what it is called; writing an adapter and reading it back before it is put in place."""
