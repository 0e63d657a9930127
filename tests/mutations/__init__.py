"""Single safeguards are taken out of the program, and the tests have to miss each of them.

`PYTHONPATH=tests python -m mutations --help` runs them all.
"""
