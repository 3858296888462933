"""Words of diagnostics: the name that was meant, how many there are of something."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


def closest(name: str, candidates: Iterable[str]) -> str | None:
    """The candidate that `name` is most likely a slip of, if any is near."""
    pool = list(candidates)
    folded = {c.lower(): c for c in pool}
    if name.lower() in folded:
        return folded[name.lower()]
    matches = difflib.get_close_matches(name, pool, n=1, cutoff=0.6)
    if not matches and len(name) <= 2:
        return None
    if not matches:
        near = difflib.get_close_matches(name.lower(), folded, n=1, cutoff=0.6)
        return folded[near[0]] if near else None
    return matches[0]


def counted(number: int, noun: str, several: str = "") -> str:
    """`one argument`, `2 arguments`."""
    return f"one {noun}" if number == 1 else f"{number} {several or noun + 's'}"
