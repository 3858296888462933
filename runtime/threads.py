"""How many threads torch uses for a piece of work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

_WORTH_SHARING = 2**32  # bytes: some seconds for one thread


@contextmanager
def threads_for(work: int) -> Iterator[None]:
    """One thread inside the block if it goes through few bytes in all.

    Waking a second thread costs microseconds when the processor is idle, and milliseconds an
    operation when it is busy with something else: a small fit was forty times slower.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(before if work >= _WORTH_SHARING else 1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
