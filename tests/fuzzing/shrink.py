"""A failing input made smaller, as long as it fails in the same way."""

from __future__ import annotations

from collections.abc import Callable, Mapping

MOST_TRIES = 150


def shrunk(
    files: Mapping[str, bytes], good: Mapping[str, bytes], fails: Callable[[dict[str, bytes]], bool]
) -> dict[str, bytes]:
    """Leave out damaged files, then pieces of them, ever smaller ones (Zeller and Hildebrandt, 2002).

    A file that is left out is the good one.
    """
    best = {name: data for name, data in files.items() if data != good[name]}
    for name in sorted(best):
        fewer = {other: data for other, data in best.items() if other != name}
        if fewer and fails(fewer):
            best = fewer
    left = MOST_TRIES
    for name in sorted(best):
        size = len(best[name]) // 2
        while size and left:
            at = 0
            while at < len(best[name]) and left:
                data = best[name]
                smaller = best | {name: data[:at] + data[at + size :]}
                left -= 1
                if fails(smaller):
                    best = smaller
                else:
                    at += size
            size //= 2
    return best
