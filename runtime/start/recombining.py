"""Where a posterior may have another mode: at one with a single element as it is at another.

Where each of n elements of a plate has two modes, all of them together have 2^n. Then each climb
ends in one of its own, far below the best, and each alone seems to hold nothing of the posterior.
The modes next to the best are those that differ from it in one element.
"""

from __future__ import annotations

import torch
from torch import Tensor

from pplc.runtime.coordinates.arrow_factor import Factor

_FAR = 4.0  # sds of an element given the rest, from where on it is another place
_MOST = 64  # points, those of the elements that are furthest from where they are


def recombined(u: Tensor, factor: Factor, others: Tensor) -> Tensor:
    """Points [m, U] that are `u` [U] with one element of a plate as in one of `others` [n, U].

    Each element once, as where it is furthest away; `factor` has the curvature at `u`.
    """
    found: list[tuple[float, Tensor, Tensor]] = []  # how far, which numbers, and where they go
    for part, local in zip(factor.arrow.locals_, factor.locals_, strict=True):
        step = (others - u)[:, part.positions]  # [n, E, d]
        solved = torch.linalg.solve_triangular(local.scale_tril, step[..., None], upper=False)
        away, which = solved[..., 0].norm(dim=-1).nan_to_num(0.0).max(0)
        for e in away.topk(min(_MOST, len(away))).indices.tolist():
            positions = part.positions[e]
            found.append((float(away[e]), positions, others[which[e], positions]))
    furthest = sorted(found, key=lambda place: -place[0])[:_MOST]
    points = [u.index_put((at,), there) for far, at, there in furthest if far > _FAR]
    return torch.stack(points) if points else others[:0]
