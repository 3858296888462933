"""A quick start: no garbage is looked for among the modules that are being imported."""

from __future__ import annotations

import gc


def quickly() -> None:
    """Put off garbage collection: at the start it finds nothing, in a tenth of the time."""
    gc.disable()


def settled() -> None:
    """Collect garbage again, where it was put off, but not among what has been imported."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
