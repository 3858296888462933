"""Sums and draws over the values of discrete sites, in log space."""

from __future__ import annotations

from functools import reduce
from typing import Any

import torch
from torch import Tensor

#: Up to this many terms, adding slices is faster than torch's reduction over a short axis.
_SHORT = 8


def log_sum(x: Tensor, dim: int) -> Tensor:
    """log(sum(exp(x))) over `dim`.

    Where every entry is -inf the result is -inf and its gradient zero; torch.logsumexp has NaN
    there. The gradient may be differentiated again.
    """
    return _LogSum.apply(x, dim)  # type: ignore[no-any-return,no-untyped-call]


def draw(logits: Tensor) -> Tensor:
    """One categorical draw along the last axis, int64 `[...]`, from torch's global generator.

    `logits` are log probabilities up to a constant. By inversion: how many of the cumulative
    probabilities a uniform number is beyond.
    """
    with torch.no_grad():
        peak = finite(logits.amax(-1, keepdim=True))
        *below, whole = (logits - peak).exp_().cumsum(-1).unbind(-1)
        uniform = whole * torch.rand_like(whole, memory_format=torch.contiguous_format)
        zero = torch.zeros_like(uniform, dtype=torch.int64)
        return reduce(lambda count, edge: count + (edge <= uniform), below, zero)


def finite(x: Tensor) -> Tensor:
    """x, with 0 in place of -inf, from which it is safe to subtract."""
    return x.masked_fill(x == -torch.inf, 0.0)


class _LogSum(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, dim: int) -> Tensor:
        peak = finite(x.amax(dim))
        terms = (x - peak.unsqueeze(dim)).exp_()
        short = terms.shape[dim] <= _SHORT
        total = reduce(torch.add, terms.unbind(dim)) if short else terms.sum(dim)
        return total.log() + peak

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Tensor, int], output: Tensor) -> None:
        x, ctx.dim = inputs
        ctx.save_for_backward(x, output)
        ctx.save_for_forward(x, output)

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        x, total = ctx.saved_tensors
        shares = (x - finite(total).unsqueeze(ctx.dim)).exp_()
        gradient = gradients[0].unsqueeze(ctx.dim)
        return shares * gradient if torch.is_grad_enabled() else shares.mul_(gradient), None

    @staticmethod
    def jvp(ctx: Any, *tangents: Any) -> Tensor:
        x, total = ctx.saved_tensors
        shares = (x - finite(total).unsqueeze(ctx.dim)).exp()
        moved: Tensor = (shares * tangents[0]).sum(ctx.dim)
        return moved
