"""Every call of a run to the file system fails, is shortened, or is the last one before a kill: once each.

`PYTHONPATH=tests python -m faults --help` runs as many trials as one likes.
"""
