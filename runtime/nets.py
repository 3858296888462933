"""What the neural networks of generated modules are made of: layers, and where weights start.

The weights are tensors by name among the params of a model, `enc.0.weight` and so on, so that a
network is a pure function of them.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from pplc.runtime.data import Data
from pplc.runtime.functions import softplus
from pplc.runtime.module import Tensors
from pplc.runtime.randomness import subseed
from pplc.runtime.tensors import joint_shape


def linear(x: Tensor, params: Tensors, layer: str) -> Tensor:
    """The affine map of a layer over the last dimension of x, [..., n] to [..., m]."""
    weight = params[f"{layer}.weight"]
    return functional.linear(x.to(weight.dtype), weight, params[f"{layer}.bias"])


def joined(*inputs: Tensor) -> Tensor:
    """Several inputs [..., n] as one: last dimensions one after the other, others broadcast."""
    leading = joint_shape(*(x.shape[:-1] for x in inputs))
    return torch.cat([x.expand(*leading, x.shape[-1]) for x in inputs], -1)


def strictly_positive(x: Tensor) -> Tensor:
    """The softplus of x, elementwise; never 0, where it would underflow."""
    return softplus(x).clamp_min(torch.finfo(x.dtype).tiny)


def initial_layer(layer: str, sizes: Sequence[int], data: Data, seed: int) -> Tensors:
    """Where the weights [m, n] and biases [m] of a layer start; `sizes` are n and m.

    Uniform between plus and minus 1 / sqrt(n), as those of `torch.nn.Linear`.
    """
    inputs, outputs = sizes
    generator = torch.Generator().manual_seed(subseed(seed, layer))
    bound = max(inputs, 1) ** -0.5
    start = torch.rand(outputs, inputs + 1, generator=generator, dtype=torch.float64)
    start = ((2 * start - 1) * bound).to(**data.options)
    return {f"{layer}.weight": start[:, :-1].contiguous(), f"{layer}.bias": start[:, -1].clone()}
