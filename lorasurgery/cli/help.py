"""The help screens: options and verbs in sections, in the order in which a reader needs them."""

from __future__ import annotations

from collections.abc import Iterable

import click

# The options of a verb by section, in order, under the names of their parameters. What is not named
# here says how the work is done.
METHOD = "Method"
OPTIONS = {
    "Input": (
        "data tasks dev task text label kind max_tokens base adapters record include exclude component take "
        "experts_order"
    ),
    "Rank": "rank energy noise_edge size rule max_rank ranks nested alpha",
    METHOD: "",
    "Output": (
        "output delta force format runtime bake_rest dtype max_shard_size undo part resume keep_every "
        "svg html plot dry_run as_json"
    ),
    "Other": "verbose _click_default_help help",
}
# The verbs by section, each where a user comes to need it.
VERBS = {
    "Look": ("inspect", "diff", "check", "verify"),
    "Change": ("extract", "merge", "unmerge", "apply", "rerank", "fuse", "assemble"),
    "Convert": ("convert",),
    "Serve": ("export-onnx",),
    "Train": ("train", "evaluate"),
}
COMPLETION = """\
bash: eval "$(_LORASURGERY_COMPLETE=bash_source lorasurgery)"
zsh:  eval "$(_LORASURGERY_COMPLETE=zsh_source lorasurgery)"
fish: _LORASURGERY_COMPLETE=fish_source lorasurgery | source
"""
# An option that is longer stands on a line of its own.
WIDEST_OPTION = 26

Row = tuple[str, str]


def options_in_order(options: Iterable[click.Option]) -> dict[str, list[click.Option]]:
    """Return the options of a verb by section, those that a section names in its order."""
    places = {
        name: (title, index) for title, names in OPTIONS.items() for index, name in enumerate(names.split())
    }
    sections: dict[str, list[tuple[int, click.Option]]] = {title: [] for title in OPTIONS}
    for option in options:
        title, index = places.get(option.name or "", (METHOD, 0))
        sections[title].append((index, option))
    return {
        title: [option for _, option in sorted(found, key=lambda place: place[0])]
        for title, found in sections.items()
    }


def verbs_in_order(known: Iterable[str]) -> dict[str, list[str]]:
    """Return the verbs by section; those that no section names stand in a last one."""
    left = set(known)
    sections = {title: [name for name in names if name in left] for title, names in VERBS.items()}
    others = sorted(left.difference(*VERBS.values()))
    return {title: names for title, names in (sections | {"Other": others}).items() if names}


def write_sections(formatter: click.HelpFormatter, sections: dict[str, list[Row]]) -> None:
    """Write lists of names and texts under their titles, with all texts in one column."""
    names = [len(name) for rows in sections.values() for name, _ in rows]
    width = max([length for length in names if length <= WIDEST_OPTION], default=0)
    for title, rows in sections.items():
        if rows:
            with formatter.section(title):
                formatter.write_dl([(name.ljust(width), text) for name, text in rows], col_max=width)


def write_lines(formatter: click.HelpFormatter, title: str, text: str) -> None:
    """Write lines as they are, such as examples to copy."""
    with formatter.section(title):
        for line in text.splitlines():
            formatter.write(f"{'':{formatter.current_indent}}{line}\n")
