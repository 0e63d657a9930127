"""The parts of an export, in order."""
