"""Distributions -> calls of `pplc.runtime.distributions`."""

from __future__ import annotations

import ast
from collections.abc import Mapping

from pplc.compiler.codegen.axes import PARTICLES, Axis, Value, align, arrange, union
from pplc.compiler.codegen.expressions import ExpressionEmitter
from pplc.compiler.codegen.frame import Frame
from pplc.compiler.codegen.gather import gather, look_up
from pplc.compiler.codegen.writer import call, quote, tuple_of
from pplc.compiler.expressions import Position, Read
from pplc.compiler.factor_graph import Slot
from pplc.compiler.graph import Law, Site
from pplc.compiler.kinds import NAT, Kind


def law_call(law: Law, arguments: dict[str, ast.expr]) -> ast.expr:
    """`Normal(loc, scale)`; the arguments of a choice are given by keyword."""
    positional = [arguments[p.name] for p in law.distribution.parameters if p.name in arguments]
    chosen = {p.name: arguments[p.name] for p in law.distribution.choices if p.name in arguments}
    if not positional and len(chosen) == 1 and law.distribution.choices[0].name in chosen:
        return call(law.distribution.name, *chosen.values())
    return call(law.distribution.name, *positional, **chosen)


def _lifted(site: Site) -> tuple[str, ...]:
    """The dimensions that vector arguments give to a distribution of numbers."""
    event = site.law.distribution.event
    return site.kind.shape[: len(site.kind.shape) - event]


class LawEmitter:
    """Emits the distribution of one site inside one function."""

    def __init__(
        self,
        frame: Frame,
        site: Site,
        steps: Mapping[str, ast.expr] | None = None,
        listed: Mapping[str, str] | None = None,
    ) -> None:
        self.frame = frame
        self.site = site
        self.expressions = ExpressionEmitter(frame, site.binders, steps, listed)
        self.values = {n: self.expressions.number(a) for n, a in site.law.arguments.items()}
        self.events = {
            p.name: p.event
            for p in (*site.law.distribution.parameters, *site.law.distribution.choices)
        }

    def _arguments(self, axes: tuple[Axis, ...]) -> dict[str, ast.expr]:
        lifted = _lifted(self.site)
        aligned = {}
        for argument, value in self.values.items():
            event = self.events[argument]
            dims = lifted if not event else lifted + value.dims[-event:]
            aligned[argument] = align(value, axes, dims)
        return aligned

    def full_arguments(self, axes: tuple[Axis, ...]) -> dict[str, ast.expr]:
        """The arguments of the distribution, lined up with `axes`."""
        return self._arguments(axes)

    def log_density(self) -> Value:
        """The log density of the site's value: one number for each element of its plates."""
        enumerated = self.frame.variable(self.site.name) is not None
        if enumerated and self.site.law.distribution.name == "Categorical":
            return self._table()
        value = self._value()
        if self.site.law.distribution.name == "Categorical" and not self.site.kind.shape:
            ((argument, given),) = self.values.items()
            if given.axes and not set(value.axes) <= set(given.axes):
                # One probability for each element, where a table for each would be large.
                law = law_call(self.site.law, {argument: given.node})
                table = Value(quote("law.logits", law=law), given.axes, given.dims)
                return look_up(self.expressions, table, value)
        axes = union(*self.values.values(), value)
        law = law_call(self.site.law, self._arguments(axes))
        event = self.site.law.distribution.event
        node = quote("law.log_prob(x)", law=law, x=align(value, axes, self.site.kind.shape))
        dims = value.dims[: len(value.dims) - event] if event else value.dims
        return Value(node, axes, dims)

    def _table(self) -> Value:
        """All log probabilities of a summed-out categorical, along the axis of its values."""
        ((argument, value),) = self.values.items()
        law = law_call(self.site.law, {argument: value.node})
        axes = (*value.axes, self.frame.values_axis(Slot(self.site.name)))
        return arrange(Value(quote("law.logits", law=law), axes))

    def _value(self) -> Value:
        """The site's own value, its plates as axes."""
        indices = tuple(
            Position(kind=Kind(NAT), span=self.site.span, binder=b) for b in self.site.binders
        )
        read = Read(kind=self.site.kind, span=self.site.span, name=self.site.name, indices=indices)
        if self.frame.variable(self.site.name) is not None:
            return self.expressions.emit(read)
        return gather(self.expressions, read)

    def sample(self, particles: ast.expr) -> Value:
        """Independent draws, one for each particle and each element of the plates."""
        binders = [b for b in self.site.binders if b.axis not in self.expressions.steps]
        lengths = {self.expressions.axis(b): self.frame.length(b) for b in binders}
        axes = (PARTICLES, *sorted(lengths))
        sizes = [particles, *(lengths[a] for a in axes[1:])]
        tensors = {n: v for n, v in self.values.items() if v.axes}
        if not tensors:
            law = law_call(self.site.law, self._arguments(axes))
            node = quote("law.sample(shape)", law=law, shape=tuple_of(sizes))
            return Value(node, axes, self.site.kind.shape)
        arguments = self._arguments(axes)
        first = next(iter(tensors))
        event = self.events[first]
        dims = _lifted(self.site) + (self.values[first].dims[-event:] if event else ())
        shape = [*sizes, *(self.frame.size(d).node for d in dims)]
        # One argument in full size makes the whole distribution that size.
        arguments[first] = quote("x.expand(shape)", x=arguments[first], shape=tuple_of(shape))
        node = quote("law.sample()", law=law_call(self.site.law, arguments))
        return Value(node, axes, self.site.kind.shape)
