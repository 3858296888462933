"""What the user of a fit may choose, on the command line or in Python."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal


@dataclass(frozen=True)
class Options:
    """What a user may choose. `data` is none for the file beside the spec.

    What is none is as the spec says, or else as the defaults. Densities are computed on `device`.
    `particles`, `steps` and `dtype` are about the engine for minibatches and networks; which engine
    runs follows from the spec unless one is named. (Minibatches are a matter of compiling a spec.)
    The fit starts from the run folder `init_from`, if there is one, and holds the latents of
    `freeze` there.
    """

    data: tuple[Path, ...] | None = None
    sizes: Mapping[str, int] = field(default_factory=dict)
    seed: int | None = None
    draws: int | None = None
    rows: int | None = None
    device: str = "cpu"
    engine: Literal["deterministic", "stochastic"] | None = None
    particles: int | None = None
    steps: int | None = None
    dtype: Literal["float32", "float64"] = "float64"
    init_from: Path | None = None
    freeze: tuple[str, ...] = ()
