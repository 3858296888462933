"""What every distribution shares: parameters as tensors, the support, drawing.

A parameter keeps its own shape until an operation broadcasts it, so that the logarithm of a
scale of shape [S, 1] is taken S times, however many values are scored.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import lru_cache, reduce
from typing import ClassVar

import torch
from torch import Size, Tensor

#: A Python number, which stands for a float64 tensor without dimensions, or a tensor.
Real = float | Tensor


@lru_cache(maxsize=1024)
def _constant(number: float, dtype: torch.dtype) -> Tensor:
    return torch.tensor(number, dtype=dtype)


def constant(number: float, like: Tensor) -> Tensor:
    """A shared 0-dim tensor on the CPU, which mixes with any device; never write into it."""
    return _constant(float(number), like.dtype)


def tensors(*arguments: Real) -> tuple[Tensor, ...]:
    """Arguments as floating tensors: integers take the dtype of the others, float64 if none."""
    floating = [a.dtype for a in arguments if isinstance(a, Tensor) and a.is_floating_point()]
    dtype = reduce(torch.promote_types, floating) if floating else torch.float64
    return tuple(
        (a if a.is_floating_point() else a.to(dtype))
        if isinstance(a, Tensor)
        else _constant(float(a), dtype)
        for a in arguments
    )


def where_inside(inside: Tensor, values: Tensor, outside: float) -> Tensor:
    """`values` where `inside`, a number elsewhere."""
    return torch.where(inside, values, constant(outside, values))


class Distribution(ABC):
    """A distribution of numbers, or of vectors or matrices (`event_dim` 1 or 2).

    The parameters broadcast against each other and against the value scored. Python numbers
    count as float64.
    """

    #: Dimensions of one value.
    event_dim: ClassVar[int] = 0
    #: Whether the values are integers.
    discrete: ClassVar[bool] = False
    #: A point of the support at which the density stands in for that of a point outside it.
    interior: ClassVar[float] = 1.0

    parameters: tuple[Tensor, ...]

    def _set(self, *arguments: Real) -> tuple[Tensor, ...]:
        self.parameters = tensors(*arguments)
        return self.parameters

    @property
    def dtype(self) -> torch.dtype:
        """That of the parameters together."""
        return reduce(torch.promote_types, [p.dtype for p in self.parameters])

    def log_prob(self, value: Real) -> Tensor:
        """Log density (or log probability) of a value; -inf, with zero gradient, off the support.

        Shape: that of the parameters and the value broadcast together, without the event.
        """
        value = self._value(value)
        inside = self._inside(value)
        if inside is None:
            return self._log_density(value)
        safe = torch.where(inside, value, self._interior(value))
        if self.event_dim:
            inside = inside.flatten(-self.event_dim)[..., 0]
        return where_inside(inside, self._log_density(safe), -torch.inf)

    def sample(self, shape: tuple[int, ...] | Size = ()) -> Tensor:
        """Independent draws `[*shape, *batch, *event]`, from torch's global generator."""
        with torch.no_grad():
            return self._sample(Size(shape))

    @abstractmethod
    def _log_density(self, value: Tensor) -> Tensor:
        """Log density at points of the support."""

    @abstractmethod
    def _sample(self, shape: Size) -> Tensor:
        """Draws, without gradients."""

    def _inside(self, value: Tensor) -> Tensor | None:
        """Whether each value is in the support; None where it is the whole line."""
        return None

    def _interior(self, value: Tensor) -> Tensor:
        """A point of the support (for an event: a whole one), that broadcasts to `value`."""
        return constant(self.interior, value)

    def _value(self, value: Real) -> Tensor:
        """The value as a floating tensor: an integer takes the dtype of the parameters."""
        if not isinstance(value, Tensor):
            return _constant(float(value), self.dtype)
        return value if value.is_floating_point() else value.to(self.dtype)

    def _expanded(self, shape: Size) -> list[Tensor]:
        """The parameters of a distribution of numbers, `[*shape, *batch]` each, on one device."""
        device = next((p.device for p in self.parameters if p.device.type != "cpu"), None)
        batch = torch.broadcast_shapes(*(p.shape for p in self.parameters))
        return [p.to(device=device, dtype=self.dtype).expand(shape + batch) for p in self.parameters]

    def _sample_with(
        self, make: Callable[..., torch.distributions.Distribution], shape: Size
    ) -> Tensor:
        """Draws of torch's distribution of the same parameters in the same order."""
        return make(*self._expanded(shape), validate_args=False).sample()
