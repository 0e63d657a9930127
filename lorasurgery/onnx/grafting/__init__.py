"""The parts of `graft`: what is changed (`plan`), how it is written (`write`), whether it came out
(`check`), and what is said of it (`report`).
"""
