"""The steps of an elimination plan as code: sums over values, chains, products over plates."""

from __future__ import annotations

import ast

from pplc.compiler.codegen.axes import Axis, Value, align, arrange, permuted, total
from pplc.compiler.codegen.definitions import fill_in
from pplc.compiler.codegen.expressions import ExpressionEmitter
from pplc.compiler.codegen.frame import Frame, Length
from pplc.compiler.codegen.writer import (
    Writer,
    call,
    constant,
    everything,
    identifier,
    name,
    quote,
    subscript,
)
from pplc.compiler.elimination.eliminate import Chain, Product, Segments, Step, Sum
from pplc.compiler.elimination.factor_graph import Slot

#: The log potentials of a chain, as the kernels of `pplc.runtime` take them.
Potentials = tuple[Value, ...]


class Contraction:
    """Emits the steps of a plan; `tensors` holds the tensor of each term so far.

    With `maximise`, values are not summed out but chosen: max in the place of log-sum-exp.
    """

    def __init__(self, frame: Frame, tensors: dict[str, Value], maximise: bool = False) -> None:
        self.frame = frame
        self.plan = frame.elimination
        self.tensors = dict(tensors)
        self.maximise = maximise

    def step(self, step: Step, body: Writer) -> Value:
        """The value of one step; a comment says what is summed out at which cost."""
        match step:
            case Sum():
                body.comment(sum_comment(step))
                return self.reduce(step, joint([self.tensors[t.name] for t in step.inputs]))
            case Chain():
                body.comment(sum_comment(step))
                kernel = "max" if self.maximise else "sum"
                return self.chain(kernel, step, self.potentials(step))
            case Product():
                return self._product(step)
            case Segments():
                return self._segments(step)

    def keep(self, step: Step, value: Value, body: Writer) -> None:
        """Give the output of a step its name."""
        target = identifier(step.output.name)
        body.assign(target, value.node, self.frame.comment(value))
        self.tensors[step.output.name] = Value(name(target), value.axes)

    # --- sums over values ---

    def reduce(self, step: Sum, value: Value) -> Value:
        """Log-sum-exp (or the largest) over the values of one site."""
        axis = self.frame.values_axis(Slot(step.variable))
        template = "x.amax(axis)" if self.maximise else "log_sum(x, axis)"
        node = quote(template, x=value.node, axis=value.position(axis))
        return Value(node, tuple(a for a in value.axes if a != axis))

    def chain(self, kernel: str, step: Chain, potentials: Potentials) -> Value:
        """A kernel (`sum`, `max`, `draw`, `best`) applied to the potentials of a chain."""
        axes = self._batch(step, potentials)
        function = f"{'chain' if step.order == 1 else 'second_order'}_{kernel}"
        return Value(call(function, *(p.node for p in potentials)), axes)

    def _batch(self, step: Chain, potentials: Potentials) -> tuple[Axis, ...]:
        own = {self.frame.plate(step.scan), *self._states(step)}
        return tuple(sorted({a for p in potentials for a in p.axes if a not in own}))

    def _states(self, step: Chain) -> list[Axis]:
        return [
            self.frame.values_axis(Slot(s, back))
            for back in range(step.order + 1)
            for s in step.sites
        ]

    def potentials(self, step: Chain, pick: dict[str, Value] | None = None) -> Potentials:
        """The log potentials of a chain, the states of several sites made into one.

        `pick` replaces the tensors of some terms.
        """
        tensors = {**self.tensors, **(pick or {})}
        scan = self.frame.plate(step.scan)
        first: list[Value] = []
        steps: list[Value] = []
        seen: list[Value] = []
        for term in step.inputs:
            if term.name in self.plan.split:
                first.append(_drop(tensors[f"{term.name}, first"], scan))
                steps.append(tensors[term.name])
            elif any(s.back for s in term.slots):
                value = tensors[term.name]
                earlier = [self.frame.values_axis(s) for s in term.slots if s.back]
                first.append(_drop(value, scan, *earlier))
                steps.append(_from(value, scan, 1) if step.order == 1 else value)
            else:
                seen.append(tensors[term.name])
        now, before, earlier_still = (
            [self.frame.values_axis(Slot(s, back)) for s in step.sites] for back in range(3)
        )
        states = {*now, *before, *earlier_still, scan}
        batch = tuple(sorted({a for v in (*first, *steps, *seen) for a in v.axes} - states))
        emission = self._potential(seen, (*batch, scan, *now), [scan, *now], step)
        if step.order == 2:
            full = [*earlier_still, *before, *now]
            return self._potential(steps, (*batch, scan, *full), [scan, *full], step), emission
        full = [*before, *now]
        return (
            self._potential(first, (*batch, *now), now, step),
            self._potential(steps, (*batch, scan, *full), full, step),
            emission,
        )

    def _potential(
        self, values: list[Value], axes: tuple[Axis, ...], full: list[Axis], step: Chain
    ) -> Value:
        """The sum of some terms, arranged to axes; `full` says which have to be there."""
        count = len(step.sites)
        missing = set(full) - {a for v in values for a in v.axes}
        lengths: dict[Axis, Length] = {self.frame.plate(step.scan): step.scan.rstrip("'")}
        for site in step.sites:
            size = self.plan.variables[site].size
            lengths.update({self.frame.values_axis(Slot(site, back)): size for back in range(3)})
        value = joint(values) if values else Value(quote("torch.zeros((), **data.options)"))
        there = tuple(a for a in axes if a in value.axes)
        value = permuted(value, there)
        if missing:
            there = tuple(a for a in axes if a in value.axes or a in missing)
            value = fill_in(self.frame, value, there, lengths)
        node = align(value, axes)
        scan = self.frame.plate(step.scan)
        if scan in axes and scan not in value.axes and not set(value.axes) - {*full}:
            node = quote("x[None]", x=node)  # the same at every step
        states = len([a for a in full if a != scan])
        for done in range(states // count if count > 1 else 0):
            end = -1 - done
            node = quote("x.flatten(a, b)", x=node, a=end - count + 1, b=end)
        return Value(node, axes)

    # --- products over plates ---

    def _product(self, step: Product) -> Value:
        """A sum over plates; a plate that the tensor does not vary over multiplies by its size."""
        value = joint([self.tensors[t.name] for t in step.inputs])
        there = [a for a in value.axes if a.name in step.plates]
        result = total(value, there)
        for plate in step.plates:
            if plate not in {a.name for a in there}:
                size = self.frame.size(plate.rstrip("'")).node
                result = Value(quote("n * x", n=size, x=result.node), result.axes)
        return result

    def _segments(self, step: Segments) -> Value:
        """A sum over the elements of a plate that belong to each element of another."""
        inner, outer = self.frame.plate(step.plate), self.frame.plate(step.onto)
        value = joint([self.tensors[t.name] for t in step.inputs])
        if inner not in value.axes:
            axes = tuple(sorted({*value.axes, inner}))
            value = fill_in(self.frame, value, axes, {inner: step.plate.rstrip("'")})
        index = ExpressionEmitter(self.frame).emit(step.index)
        node = call(
            "segment_sum",
            value.node,
            index.node,
            self.frame.size(step.onto.rstrip("'")).node,
            constant(value.position(inner)),
        )
        return arrange(Value(node, tuple(outer if a == inner else a for a in value.axes)))


def joint(values: list[Value]) -> Value:
    """Tensors added up; those with the fewest axes first, to keep intermediates small."""
    inputs = sorted(values, key=lambda v: len(v.axes))
    axes = tuple(sorted({a for v in inputs for a in v.axes}))
    node: ast.expr | None = None
    for value in inputs:
        aligned = align(value, axes)
        node = aligned if node is None else quote("x + y", x=node, y=aligned)
    assert node is not None
    return Value(node, axes)


def sum_comment(step: Sum | Chain) -> str:
    """`sum out z: N * K terms`."""
    cost = f"{' * '.join(map(str, step.cost))} terms"
    if isinstance(step, Chain):
        return f"sum out {' and '.join(step.sites)} along {step.scan}: {cost}"
    return f"sum out {step.variable}: {cost}"


def _drop(value: Value, *axes: Axis) -> Value:
    """The first element along some axes."""
    present = [a for a in axes if a in value.axes]
    if not present:
        return value
    items = [constant(0) if a in present else everything() for a in value.axes]
    left = tuple(a for a in value.axes if a not in present)
    return Value(_select(value, items), left)


def _from(value: Value, axis: Axis, start: int) -> Value:
    """The value without the first elements along an axis."""
    if axis not in value.axes:
        return value
    items = [ast.Slice(constant(start)) if a == axis else everything() for a in value.axes]
    return Value(_select(value, items), value.axes)


def _select(value: Value, items: list[ast.expr]) -> ast.expr:
    while len(items) > 1 and isinstance(items[-1], ast.Slice) and items[-1].lower is None:
        items.pop()
    return subscript(value.node, items)
