"""Distributions -> calls of `pplc.runtime.distributions`."""

from __future__ import annotations

import ast
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from pplc.compiler.codegen.axes import PARTICLES, Axis, Value, align, arrange, permuted, union
from pplc.compiler.codegen.expressions import ExpressionEmitter
from pplc.compiler.codegen.frame import Frame
from pplc.compiler.codegen.gather import gather, look_up, repeats
from pplc.compiler.codegen.writer import call, constant, item, quote, tuple_of
from pplc.compiler.elimination.factor_graph import Slot
from pplc.compiler.expressions import Binder, Position, Read
from pplc.compiler.graph import Law, Site
from pplc.compiler.kinds.kinds import NAT, Kind, inf


def law_call(
    law: Law, arguments: Mapping[str, ast.expr], components: tuple[ast.expr, ...] = ()
) -> ast.expr:
    """`Normal(loc, scale)`; by keyword what is chosen, or comes behind an argument left out."""
    positional: list[ast.expr] = []
    by_name: dict[str, ast.expr] = {}
    inner = list(components)
    skipped = False
    for parameter in law.distribution.parameters:
        if parameter.name in arguments and skipped:
            by_name[parameter.name] = arguments[parameter.name]
        elif parameter.name in arguments:
            positional.append(arguments[parameter.name])
        elif inner:
            positional.extend(inner)
            inner.clear()
        else:
            skipped = True
    chosen = {p.name: arguments[p.name] for p in law.distribution.choices if p.name in arguments}
    if not positional and len(chosen) == 1 and law.distribution.choices[0].name in chosen:
        return call(law.distribution.name, *chosen.values())
    return call(law.distribution.name, *positional, **by_name, **chosen)


@dataclass(frozen=True)
class EmittedLaw:
    """A distribution with the values of its arguments, and those that it is made of."""

    law: Law
    arguments: dict[str, Value]
    components: tuple[EmittedLaw, ...]

    @property
    def values(self) -> tuple[Value, ...]:
        """The values of all arguments."""
        return (*self.arguments.values(), *(v for c in self.components for v in c.values))

    def call(
        self, axes: tuple[Axis, ...], change: Callable[[Value], Value] = lambda value: value
    ) -> ast.expr:
        """The call, each argument with the given axes; `change` is applied to each before."""
        changed = {name: change(value) for name, value in self.arguments.items()}
        arguments = {name: align(value, axes, value.dims) for name, value in changed.items()}
        inner = tuple(c.call(axes, change) for c in self.components)
        return law_call(self.law, arguments, inner)


def emit_law(law: Law, expressions: ExpressionEmitter) -> EmittedLaw:
    """The distribution with its arguments emitted."""
    arguments = {n: expressions.number(a) for n, a in law.arguments.items()}
    return EmittedLaw(law, arguments, tuple(emit_law(c, expressions) for c in law.components))


class LawEmitter:
    """Emits the distribution of one site inside one function."""

    def __init__(
        self,
        frame: Frame,
        site: Site,
        steps: Mapping[str, ast.expr] | None = None,
        listed: Mapping[str, Binder] | None = None,
    ) -> None:
        self.frame = frame
        self.site = site
        self.expressions = ExpressionEmitter(frame, site.binders, steps, listed)
        self.law = emit_law(site.law, self.expressions)

    def argument(self, name: str) -> ast.expr | None:
        """A number among the arguments, lined up with the site's own axes; None if left out."""
        value = self.law.arguments.get(name)
        if value is None:
            return None
        axes = (PARTICLES, *self.frame.axes(self.site.binders))
        value = permuted(value, tuple(a for a in axes if a in value.axes))
        return align(value, axes, self.site.kind.shape)

    def log_density(self) -> Value:
        """The log density of the site's value: one number for each element of its plates.

        It is 0 where a cell of the data is missing and left out; where missing cells are summed
        out, it is -inf at values other than those of the cells that are there.
        """
        density, present = self._density(), self._present()
        if present is None:
            return density
        template, mask = "torch.where(c, x, 0.0)", present
        if self.site.completed:
            template, mask = "torch.where(c, x, -torch.inf)", self._possible(present)
        axes = union(mask, density)
        node = quote(template, c=align(mask, axes), x=align(density, axes))
        return Value(node, axes)

    def _possible(self, present: Value) -> Value:
        """Which values a cell may have: any where it is missing, otherwise that of the data."""
        values = self._value()
        known = gather(self.expressions, self._own, self._given(item("data", self.site.name)))
        axes = union(present, values)
        template = "~present | (known == values)"
        node = quote(
            template,
            present=align(present, axes),
            known=align(known, axes),
            values=align(values, axes),
        )
        return Value(node, axes)

    def _given(self, node: ast.expr) -> Value:
        """An array of the data beside the site's name, which may stand for a latent."""
        return Value(node, (), self.frame.graph.data[self.site.name].dims)

    def _density(self) -> Value:
        enumerated = self.frame.variable(self.site.name) is not None
        if enumerated and self.site.law.distribution.name == "Categorical":
            return self._table()
        value = self._value()
        if self.site.law.distribution.name == "Categorical" and not self.site.kind.shape:
            (given,) = self.law.values
            if given.axes and not set(value.axes) <= set(given.axes):
                # One probability for each element, where a table for each would be large.
                node = quote("law.logits", law=self.law.call(given.axes))
                return look_up(self.expressions, Value(node, given.axes, given.dims), value)
        axes = union(*self.law.values, value)
        law = self.law.call(axes)
        node = quote("law.log_prob(x)", law=law, x=align(value, axes, self.site.kind.shape))
        return Value(node, axes)

    def _present(self) -> Value | None:
        """Which cells of the site's data are there; None where all are, or all are inferred."""
        data = self.frame.graph.data.get(self.site.name)
        if data is None or not data.missing:
            return None
        if self.site.completed and not self.site.discrete:
            return None
        mask = quote("data.present[name]", name=constant(data.name))
        return gather(self.expressions, self._own, self._given(mask))

    def _filler(self) -> ast.expr:
        """A value that a missing cell might have: its density is computed and thrown away."""
        support = self.site.kind.support
        if support.lower > -inf:
            inside = support.lower + (0 if support.integer else 0.5)
            return constant(min(inside, (support.lower + support.upper) / 2))
        return constant(min(0.0, support.upper - 1))

    def _table(self) -> Value:
        """All log probabilities of a summed-out categorical, along the axis of its values."""
        ((name, argument),) = self.site.law.arguments.items()
        (value,) = self.law.values
        if isinstance(argument, Read) and repeats(self.expressions, argument):
            # Logarithms of the table, and then its rows: there are more of these.
            base = self.frame.base(argument.name, argument.result)
            logits = quote("law.logits", law=law_call(self.site.law, {name: base.node}))
            value = gather(self.expressions, argument, replace(base, node=logits))
            node = value.node
        else:
            node = quote("law.logits", law=self.law.call(value.axes))
        axes = (*value.axes, self.frame.values_axis(Slot(self.site.name)))
        return arrange(Value(node, axes))

    def _value(self) -> Value:
        """The site's own value, its plates as axes."""
        if self.frame.variable(self.site.name) is not None:
            return self.expressions.emit(self._own)
        value = gather(self.expressions, self._own)
        if self.site.completed or self._present() is None:
            return value
        return replace(value, node=quote("x.nan_to_num(y)", x=value.node, y=self._filler()))

    @property
    def _own(self) -> Read:
        """The site's name, read at its own binders."""
        indices = tuple(
            Position(kind=Kind(NAT), span=self.site.span, binder=b) for b in self.site.binders
        )
        return Read(kind=self.site.kind, span=self.site.span, name=self.site.name, indices=indices)

    def sample(self, particles: ast.expr) -> Value:
        """Independent draws, one for each particle and each element of the plates.

        Cells of the data that are there keep their values.
        """
        drawn = self._sample(particles)
        if not self.site.completed:
            return drawn
        name_, dims = self.site.name, drawn.dims
        data, mask = item("data", name_), quote("data.present[name]", name=constant(name_))
        known, present = (
            gather(self.expressions, self._own, self._given(node)) for node in (data, mask)
        )
        parts = [align(v, drawn.axes, dims) for v in (present, known, drawn)]
        return Value(call("torch.where", *parts), drawn.axes, dims)

    def _sample(self, particles: ast.expr) -> Value:
        binders = [b for b in self.site.binders if b.axis not in self.expressions.steps]
        lengths = {self.expressions.axis(b): self.frame.length(b) for b in binders}
        axes = (PARTICLES, *sorted(lengths))
        sizes = [particles, *(lengths[a] for a in axes[1:])]
        first = next((v for v in self.law.values if v.axes), None)
        if first is None:
            law = self.law.call(axes)
            node = quote("law.sample(shape)", law=law, shape=tuple_of(sizes))
            return Value(node, axes, self.site.kind.shape)

        def widen(value: Value) -> Value:
            """One argument in full size makes the whole distribution that size."""
            if value is not first:
                return value
            shape = tuple_of([*sizes, *(self.frame.size(d).node for d in value.dims)])
            aligned = align(value, axes, value.dims)
            return Value(quote("x.expand(shape)", x=aligned, shape=shape), axes, value.dims)

        node = quote("law.sample()", law=self.law.call(axes, widen))
        return Value(node, axes, self.site.kind.shape)
