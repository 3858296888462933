"""What every distribution shares: parameters as tensors, the support, drawing.

A parameter keeps its own shape until an operation broadcasts it, so that the logarithm of a
scale of shape [S, 1] is taken S times, however many values are scored.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from functools import reduce
from typing import ClassVar

import torch
from torch import Size, Tensor

from pplc.runtime.special import log_difference
from pplc.runtime.tensors import constant, joint_device, joint_shape

#: A Python number, which stands for a float64 tensor without dimensions, or a tensor.
Real = float | Tensor


def tensors(*arguments: Real) -> tuple[Tensor, ...]:
    """Arguments as floating tensors of their own shapes.

    Integers take the dtype of the others, float64 if there are none.
    """
    floating = [a.dtype for a in arguments if isinstance(a, Tensor) and a.is_floating_point()]
    dtype = reduce(torch.promote_types, floating) if floating else torch.float64
    return tuple(
        (a if a.is_floating_point() else a.to(dtype))
        if isinstance(a, Tensor)
        else constant(float(a), dtype)
        for a in arguments
    )


def is_number(x: Real, number: float) -> bool:
    """Whether x is this Python number (a tensor is not, whatever it holds)."""
    return not isinstance(x, Tensor) and x == number


def where_inside(inside: Tensor, values: Tensor, outside: float) -> Tensor:
    """`values` where `inside` (bool, of a shape that broadcasts), a number elsewhere."""
    return torch.where(inside, values, constant(outside, values.dtype))


def one_of(**arguments: Real | None) -> tuple[str, Real]:
    """The name and value of the only argument that is given.

    Raises:
        ValueError: where none or several are given.
    """
    given = [(name, value) for name, value in arguments.items() if value is not None]
    if len(given) != 1:
        raise ValueError(f"give exactly one of {' and '.join(arguments)}")
    return given[0]


class Distribution(ABC):
    """A distribution of numbers, or of vectors or matrices (`event_dim` 1 or 2).

    The parameters broadcast against each other and against the value scored. Python numbers
    count as float64.
    """

    #: Dimensions of one value.
    event_dim: int = 0
    #: Whether the values are integers.
    discrete: bool = False
    #: A point of the support at which the density stands in for that of a point outside it.
    interior: ClassVar[float] = 1.0

    parameters: tuple[Tensor, ...]

    @property
    def _bounds(self) -> tuple[Real, Real]:
        """The ends of the support."""
        return -math.inf, math.inf

    def _set(self, *arguments: Real) -> tuple[Tensor, ...]:
        self.parameters = tensors(*arguments)
        return self.parameters

    @property
    def _batch_shape(self) -> Size:
        """The shape of the parameters together, without the event."""
        return joint_shape(*(p.shape for p in self.parameters))

    @property
    def dtype(self) -> torch.dtype:
        """That of the parameters together."""
        return reduce(torch.promote_types, [p.dtype for p in self.parameters])

    @property
    def _device(self) -> torch.device:
        return joint_device(*self.parameters)

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

    def log_tails(self, value: Real) -> tuple[Tensor, Tensor]:
        """log P(X <= value) and log P(X > value), each accurate where it is small.

        Shapes: those of the parameters and the value broadcast together.

        Raises:
            NotImplementedError: the distribution has no distribution function here; `WITH_TAILS`
                lists those that have one.
        """
        value = self._value(value)
        value = value.floor() if self.discrete else value
        lower, upper = self._bounds
        below = value < lower if self.discrete else value <= lower
        above = value >= upper
        log_cdf, log_sf = self._log_tails(torch.where(below | above, self._interior(value), value))
        return (
            log_cdf.masked_fill(above, 0.0).masked_fill(below, -torch.inf),
            log_sf.masked_fill(above, -torch.inf).masked_fill(below, 0.0),
        )

    def log_mass(self, lower: Real, upper: Real) -> Tensor:
        """log P(lower <= X <= upper), accurate in both tails; an open end is a Python infinity.

        Shape: that of the parameters and the bounds broadcast together.
        """
        if is_number(lower, -math.inf):
            return self.log_tails(upper)[0]
        below = self._value(lower).ceil() - 1 if self.discrete else lower
        cdf_lower, sf_lower = self.log_tails(below)
        if is_number(upper, math.inf):
            return sf_lower
        cdf_upper, sf_upper = self.log_tails(upper)
        return torch.where(
            cdf_upper < sf_lower,
            log_difference(cdf_upper, cdf_lower),
            log_difference(sf_lower, sf_upper),
        )

    def sample(self, shape: tuple[int, ...] | Size = ()) -> Tensor:
        """Independent draws `[*shape, *batch, *event]`, from torch's global generator."""
        with torch.no_grad():
            return self._sample(Size(shape) + self._batch_shape)

    @abstractmethod
    def _log_density(self, value: Tensor) -> Tensor:
        """Log density at points of the support."""

    @abstractmethod
    def _sample(self, shape: Size) -> Tensor:
        """Draws `[*shape, *event]`: the parameters broadcast to `shape`."""

    def _log_tails(self, value: Tensor) -> tuple[Tensor, Tensor]:
        """`log_tails` within the bounds."""
        raise NotImplementedError(f"{type(self).__name__} has no distribution function")

    def _inside(self, value: Tensor) -> Tensor | None:
        """Whether each value is in the support; None where it is the whole line."""
        return None

    def _interior(self, value: Tensor) -> Tensor:
        """A point of the support (for an event: a whole one), that broadcasts to `value`."""
        return constant(self.interior, value.dtype)

    def _value(self, value: Real) -> Tensor:
        """The value as a floating tensor: an integer takes the dtype of the parameters."""
        if not isinstance(value, Tensor):
            return constant(float(value), self.dtype)
        return value if value.is_floating_point() else value.to(self.dtype)

    def _expanded(self, shape: Size) -> list[Tensor]:
        """The parameters of a distribution of numbers, in this shape, on one device."""
        device, dtype = self._device, self.dtype
        return [p.to(device=device, dtype=dtype).expand(shape) for p in self.parameters]

    def _sample_with(
        self, make: Callable[..., torch.distributions.Distribution], shape: Size
    ) -> Tensor:
        """Draws of torch's distribution of the same parameters in the same order."""
        return make(*self._expanded(shape), validate_args=False).sample()
