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
    points, distances = [], []
    for part, local in zip(factor.arrow.locals_, factor.locals_, strict=True):
        step = (others - u)[:, part.positions]  # [n, E, d]
        solved = torch.linalg.solve_triangular(local.scale_tril, step[..., None], upper=False)
        away, which = solved[..., 0].norm(dim=-1).max(0)
        for element in (away > _FAR).nonzero().flatten().tolist():
            positions = part.positions[element]
            points.append(u.index_put((positions,), others[which[element], positions]))
            distances.append(float(away[element]))
    furthest = sorted(range(len(points)), key=lambda i: -distances[i])[:_MOST]
    return torch.stack([points[i] for i in furthest]) if furthest else others[:0]
