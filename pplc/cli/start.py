"""What is set once for the whole process, so that a fit starts and runs quickly."""

from __future__ import annotations

import ctypes
import gc
import os
import sys

_TRIM_THRESHOLD, _MMAP_THRESHOLD = -1, -3  # names of settings in malloc.h
_LARGE = 2**30  # bytes


def quickly() -> None:
    """Put off garbage collection: at the start it finds nothing, in a tenth of the time.

    And have numpy and scipy work in one thread: what they are given here is small, and their
    threads, spinning for more of it, cost a fit more time than all else.
    """
    gc.disable()
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")


def keep_memory() -> None:
    """Have the allocator keep the memory of large tensors for the next ones.

    It otherwise goes back to the system, which clears each page before it is used again: a fifth
    of the time of a gradient on 100,000 rows. (`mallopt` of the GNU C library.)
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(_TRIM_THRESHOLD, _LARGE)
            mallopt(_MMAP_THRESHOLD, _LARGE)


def settled() -> None:
    """Collect garbage again, where it was put off, but not among what has been imported."""
    if not gc.isenabled():
        gc.freeze()
        gc.enable()
