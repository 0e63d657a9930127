"""The parts of `extract`: plan the parameters, find the adapter, account for all, and report it."""
