"""Damaged and hostile files by the thousand a second, for every reader: a result or one readable line.

`PYTHONPATH=tests python -m fuzzing --help` runs as many inputs as one likes.
"""
