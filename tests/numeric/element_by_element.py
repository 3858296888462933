"""The log density of a model as its statements say it: one element after the other, in loops.

Nothing here knows of tensors with plates: each number is computed by itself, so that generated
code, which lines up whole tensors, can be held against it.
"""

import math
from functools import cache

import torch

from pplc.compiler.expressions import (
    Apply,
    Constant,
    Family,
    Position,
    Read,
    Reduce,
    Size,
    Vector,
    walk,
)
from pplc.compiler.graph import Factor, Site
from pplc.runtime import distributions

FUNCTIONS = {
    **{name: getattr(torch, name) for name in ("exp", "log", "log1p", "expm1", "sqrt", "abs")},
    **{name: getattr(torch, name) for name in ("sigmoid", "logit", "tanh", "sin", "cos")},
    **{name: getattr(torch, name) for name in ("floor", "lgamma", "erf", "outer", "matmul")},
    "cumsum": lambda x: x.cumsum(0),
    "softmax": lambda x: x.softmax(-1),
    "softplus": lambda x: x.clamp(min=0) + (-x.abs()).exp().log1p(),
    "phi": torch.special.ndtr,
    "min": torch.minimum,
    "max": torch.maximum,
    "+": torch.add,
    "-": torch.sub,
    "*": torch.mul,
    "/": torch.div,
    "^": torch.pow,
    "negate": torch.neg,
    "not": lambda x: (x == 0).double(),
    "==": lambda x, y: (x == y).double(),
    "!=": lambda x, y: (x != y).double(),
    "<": lambda x, y: (x < y).double(),
    "<=": lambda x, y: (x <= y).double(),
    ">": lambda x, y: (x > y).double(),
    ">=": lambda x, y: (x >= y).double(),
    "and": lambda x, y: ((x != 0) & (y != 0)).double(),
    "or": lambda x, y: ((x != 0) | (y != 0)).double(),
    "dot": lambda x, y: (x * y).sum(),
    "element": lambda x, *at: x[tuple(int(i) for i in at)],
    "diag": torch.diag,
    "cholesky": torch.linalg.cholesky,
    "solve": lambda a, x: torch.linalg.solve(a, x),
    "assume": lambda x: x,
    "exp_quad": lambda x, y, length, amplitude: (
        amplitude**2 * (-0.5 * ((x[:, None] - y[None, :]) / length) ** 2).exp()
    ),
}

REDUCTIONS = {
    "sum": lambda x: x.sum(0),
    "mean": lambda x: x.mean(0),
    "prod": lambda x: x.prod(0),
    "logsumexp": lambda x: x.logsumexp(0),
    "sd": lambda x: x.std(0),
    "min": lambda x: x.amin(0),
    "max": lambda x: x.amax(0),
}

OF_NOTHING = {"sum": 0.0, "prod": 1.0}


class NothingToReduceError(Exception):
    """A reduction over no element that has no value."""


class Elements:
    """A model at some data, latents and params, those without a dimension of particles."""

    def __init__(self, graph, data, latents, params):
        self.graph = graph
        self.data = data
        self.arrays = {**data.arrays, **latents, **params}
        self.element = cache(self._element)

    def log_density(self, statement):
        """The log density of a statement: the sum of what its elements add."""
        total = torch.zeros((), dtype=torch.float64)
        for at in self.positions(statement.binders, {}):
            if isinstance(statement, Factor):
                total = total + self.evaluate(statement.value, at)
                continue
            index = tuple(at[b.axis] for b in statement.binders)
            present = self.data.present.get(statement.name)
            if present is None or present[index].all():
                law = self.law(self.piece(statement, at, statement.law), at)
                total = total + law.log_prob(self.value(statement.name, index)).sum()
        if isinstance(statement, Site) and statement.ordered:
            *outer, inner = statement.binders
            for at in self.positions(outer, {}):
                if self.is_exchangeable(statement, inner):  # as dense as all orders of a row
                    total = total + math.lgamma(1 + len(self.range(inner, at)))
        return total

    def positions(self, binders, at):
        """All positions of some binders, beside those that stand already."""
        if not binders:
            yield at
            return
        binder, *others = binders
        for i in self.range(binder, at):
            yield from self.positions(others, {**at, binder.axis: i})

    def range(self, binder, at):
        size = self.data.sizes[binder.index_set]
        if binder.within is not None:
            lengths = self.arrays[f"length of {binder.index_set}"]
            size = int(lengths[at[binder.within.axis]])
        return range(binder.start, size if binder.stop is None else binder.stop)

    @staticmethod
    def piece(statement, at, rest):
        """What the element of a scan is drawn from or equal to: one of its starts, or the rest."""
        scan = next((b for b in statement.binders if b.scan), None)
        step = at[scan.axis] - scan.start if scan is not None else 0
        return statement.starts[step] if step < len(statement.starts) else rest

    def law(self, law, at):
        """The distribution of one element, as it is written: by place, choices by name."""
        arguments = {name: self.evaluate(e, at) for name, e in law.arguments.items()}
        components = [self.law(c, at) for c in law.components]
        made = getattr(distributions, law.distribution.name)
        if law.distribution.name == "Mixture":
            return made(arguments["weights"], *components)
        return made(*components, **arguments)

    @staticmethod
    def is_exchangeable(site, binder):
        """Whether all elements along a binder are drawn from one distribution."""
        nodes = [node for e in site.expressions for node in walk(e)]
        reads = any(isinstance(n, Position) and n.binder.axis == binder.axis for n in nodes)
        return not reads and not site.starts

    def value(self, name, index):
        """A value by name at some of its indices, the rest of its family as further dimensions."""
        if name in self.arrays:
            return self.arrays[name][index].double()
        binders = self.graph.definitions[name].binders
        if len(index) >= len(binders):
            value = self.element(name, index[: len(binders)])
            return value[index[len(binders) :]]
        at = {b.axis: i for b, i in zip(binders, index, strict=False)}
        return torch.stack(
            [self.value(name, (*index, i)) for i in self.range(binders[len(index)], at)]
        )

    def _element(self, name, index):
        definition = self.graph.definitions[name]
        at = {b.axis: i for b, i in zip(definition.binders, index, strict=True)}
        return self.evaluate(self.piece(definition, at, definition.value), at)

    def evaluate(self, e, at):
        match e:
            case Constant():
                return torch.tensor(float(e.value), dtype=torch.float64)
            case Position():
                return torch.tensor(float(at[e.binder.axis] + e.offset), dtype=torch.float64)
            case Size():
                return torch.tensor(float(self.data.sizes[e.index_set]), dtype=torch.float64)
            case Read():
                return self.value(e.name, tuple(int(self.evaluate(i, at)) for i in e.indices))
            case Vector():
                return torch.stack([self.evaluate(i, at) for i in e.items])
            case Family():
                return torch.stack(
                    [
                        self.evaluate(e.body, {**at, e.binder.axis: i})
                        for i in self.range(e.binder, at)
                    ]
                )
            case Reduce():
                return self.reduction(e, at)
            case Apply():
                return self.application(e, at)
        raise NotImplementedError(type(e).__name__)

    def reduction(self, e, at):
        everywhere = ({**at, e.binder.axis: i} for i in self.range(e.binder, at))
        kept = [here for here in everywhere if e.where is None or self.evaluate(e.where, here)]
        if e.function == "counts":
            values = [int(self.evaluate(e.body, here)) for here in kept]
            size = self.data.sizes[e.kind.shape[0]]
            return torch.tensor([float(values.count(k)) for k in range(size)], dtype=torch.float64)
        values = [self.evaluate(e.body, here) for here in kept]
        if not values:
            if e.function not in OF_NOTHING:
                raise NothingToReduceError(e.function)
            return torch.tensor(OF_NOTHING[e.function], dtype=torch.float64)
        if e.function == "sd" and len(values) < 2:
            raise NothingToReduceError(e.function)
        return REDUCTIONS[e.function](torch.stack(values))

    def application(self, e, at):
        if e.function == "if":
            condition, yes, no = e.arguments
            return self.evaluate(yes if self.evaluate(condition, at) else no, at)
        arguments = [self.evaluate(a, at) for a in e.arguments]
        if e.function in ("fill", "zeros", "ones", "eye"):
            sizes = [self.data.sizes[name] for name in e.kind.shape]
            return (
                torch.eye(sizes[0]).double() if e.function == "eye" else arguments[0].expand(sizes)
            )
        return FUNCTIONS[e.function](*arguments)
