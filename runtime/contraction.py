"""Sums and draws over the values of discrete sites, in log space."""

from __future__ import annotations

from functools import reduce
from itertools import accumulate
from typing import Any

import torch
from torch import Tensor

#: Up to this many terms, going over slices is faster than torch's reduction over a short axis.
_SHORT = 8


def log_sum(x: Tensor, dim: int) -> Tensor:
    """log(sum(exp(x))) over `dim`, which the result lacks.

    Where every entry is -inf the result is -inf and its gradient zero; torch.logsumexp has NaN
    there. The gradient may be differentiated again.
    """
    return _LogSum.apply(x, dim)  # type: ignore[no-any-return,no-untyped-call]


def draw(logits: Tensor) -> Tensor:
    """One categorical draw along the last axis, int64 `[...]`, from torch's global generator.

    `logits` are log probabilities up to a constant.
    """
    with torch.no_grad():
        return choose(_relative(logits))


def choose(weights: Tensor) -> Tensor:
    """One categorical draw along the last axis, int64 `[...]`, from torch's global generator.

    `weights` are probabilities up to a constant. By inversion: how many of the cumulative
    probabilities a uniform number is beyond.
    """
    with torch.no_grad():
        short = weights.shape[-1] <= _SHORT
        edges = accumulate(weights.unbind(-1)) if short else weights.cumsum(-1).unbind(-1)
        *below, whole = edges
        uniform = torch.rand_like(whole, memory_format=torch.contiguous_format).mul_(whole)
        count = torch.zeros_like(uniform, dtype=torch.int64)
        for edge in below:
            count += edge <= uniform
        return count


def normalised(logits: Tensor) -> Tensor:
    """Probabilities along the last axis, `[..., K]`, from their logarithms up to a constant.

    Zeros where every entry is -inf.
    """
    with torch.no_grad():
        weights = _relative(logits)
        short = weights.shape[-1] <= _SHORT
        whole = reduce(torch.add, weights.unbind(-1)) if short else weights.sum(-1)
        return weights.div_(whole.clamp(min=torch.finfo(whole.dtype).tiny)[..., None])


def _relative(logits: Tensor) -> Tensor:
    """Probabilities along the last axis in units of the largest, `[..., K]`."""
    return (logits - finite(logits.amax(-1, keepdim=True))).exp_()


def largest(x: Tensor) -> Tensor:
    """Where the largest entry along the last axis is, int64 `[...]`: the first of several."""
    if x.shape[-1] > _SHORT:
        return x.argmax(-1)
    peak, *others = x.unbind(-1)
    at = torch.zeros_like(peak, dtype=torch.int64)
    for position, entry in enumerate(others, 1):
        at.masked_fill_(entry > peak, position)
        peak = torch.maximum(peak, entry)
    return at


def finite(x: Tensor) -> Tensor:
    """x, elementwise, with the lowest of all numbers for -inf: that less this is -inf, not NaN."""
    return x.clamp(min=torch.finfo(x.dtype).min)


class _LogSum(torch.autograd.Function):
    generate_vmap_rule = True

    @staticmethod
    def forward(x: Tensor, dim: int) -> Tensor:
        if x.shape[dim] > _SHORT:
            peak = finite(x.amax(dim))
            total = (x - peak.unsqueeze(dim)).exp_().sum(dim)
        else:
            terms = x.unbind(dim)
            peak = finite(reduce(torch.maximum, terms))
            total = reduce(torch.add, ((term - peak).exp_() for term in terms))
        return total.log_().add_(peak)

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
