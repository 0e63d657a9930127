"""The parts of `inspect`: `subject` says what was given, `adapter`, `pair` and `checkpoint` look at it, `against_base` at what an adapter does to
weights, `health` at what is wrong, `compare` at two adapters; `place` knows layers and kinds,
`report` holds what was found.
"""
