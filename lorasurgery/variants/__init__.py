"""What ΔW is, as algebra: one file per variant, with a frozen dataclass of its tensors that has an `edit`.

`edit.py` says what an edit is; the rest of the folder knows neither files nor verbs.
"""
