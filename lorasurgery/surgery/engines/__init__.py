"""Engines: what does the parts of a run, where that is not this process alone."""
