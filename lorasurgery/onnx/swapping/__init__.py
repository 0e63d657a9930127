"""The parts of `swappable`: what can be swapped (`plan`), the branches in the graph (`branch`),
the adapters' files (`files`), whether it all computes what it should (`check`), and what is said of
it (`report`).
"""
