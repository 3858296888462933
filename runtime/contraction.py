"""Sums and draws over the values of discrete sites, in log space."""

from __future__ import annotations

import torch
from torch import Tensor


def log_sum(x: Tensor, dim: int | tuple[int, ...]) -> Tensor:
    """log(sum(exp(x))) over `dim`.

    Where every entry is -inf the result is -inf and its gradient zero; torch.logsumexp has NaN
    there.
    """
    impossible = x.detach().amax(dim, keepdim=True) == -torch.inf
    total = torch.logsumexp(x.masked_fill(impossible, 0.0), dim)
    return total.masked_fill(impossible.squeeze(dim), -torch.inf)


def draw(logits: Tensor) -> Tensor:
    """One categorical draw along the last axis, int64 `[...]`, from torch's global generator.

    `logits` are log probabilities up to a constant. The draw is the winner of an exponential
    race: the largest of `logits - log(exponential noise)`, the Gumbel-max trick.
    """
    with torch.no_grad():
        noise = torch.empty_like(logits, memory_format=torch.contiguous_format).exponential_()
        noise.clamp_min_(torch.finfo(logits.dtype).tiny)
        return (logits - noise.log_()).argmax(-1)
