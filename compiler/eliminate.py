"""Which discrete random variables are summed out, in which order, and at what cost.

Tensor variable elimination over plated factor graphs (Obermeyer et al. 2019, "Tensor Variable
Elimination for Plated Factor Graphs", algorithm 1). It is decided from names alone: the sizes of
the plates only set the cost.
"""

from __future__ import annotations

import math
from functools import cached_property
from itertools import combinations

import networkx as nx
from pydantic import BaseModel, ConfigDict

from pplc.compiler.expressions import Expr, Position, Read, walk
from pplc.compiler.graph import Definition, ModelGraph, Site, Statement
from pplc.grammar.catalogue.elimination import InfiniteSupport, Intractable
from pplc.grammar.catalogue.names import NotSupportedYet
from pplc.grammar.diagnostics import Diagnostic, Note, Result


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True)


class Variable(_Frozen):
    """A discrete random variable that is summed out: one for each element of its plates.

    `size` is how many values it takes: the name of an index set, or a number. `first` is its
    smallest value.
    """

    site: str
    plates: tuple[str, ...]
    size: str | int
    first: int = 0


class Term(_Frozen):
    """A summand of the log density: a tensor over plates and the values of variables."""

    name: str
    plates: tuple[str, ...]
    variables: tuple[str, ...]


class Sum(_Frozen):
    """Add up `inputs`, sum `variable` out: log-sum-exp over its values. `cost` multiplies up."""

    variable: str
    inputs: tuple[Term, ...]
    output: Term
    cost: tuple[str | int, ...]


class Product(_Frozen):
    """Add up `inputs`, then multiply densities over the elements of `plates`: a plain sum."""

    inputs: tuple[Term, ...]
    plates: tuple[str, ...]
    output: Term


class EliminationPlan(_Frozen):
    """The whole of it: `steps` in order; `totals` are the terms that are left, without plates.

    `covers` tells which statements a total adds up.
    """

    variables: dict[str, Variable]
    steps: tuple[Sum | Product, ...]
    totals: tuple[Term, ...]
    covers: dict[str, tuple[str, ...]]

    def cost_of(self, variable: str) -> tuple[str | int, ...]:
        """What the number of terms of summing a variable out is the product of."""
        return self._costs[variable]

    @cached_property
    def _costs(self) -> dict[str, tuple[str | int, ...]]:
        return {s.variable: s.cost for s in self.steps if isinstance(s, Sum)}


def eliminate(graph: ModelGraph) -> Result[EliminationPlan]:
    """Plan the elimination of every discrete latent site.

    Diagnostics: unbounded supports (E502), forms that are intractable (E501).
    """
    problems: list[Diagnostic] = []
    variables: dict[str, Variable] = {}
    for site in graph.sites.values():
        if site.latent and site.discrete:
            variable = _variable(site, problems)
            if variable is not None:
                variables[site.name] = variable
    if not variables or problems:
        empty = EliminationPlan(variables={}, steps=(), totals=(), covers={})
        return Result(None if problems else empty, tuple(problems))
    terms: list[Term] = []
    for statement in graph.statements:
        if isinstance(statement, Definition) or statement.generated:
            continue
        reads = discrete_reads(statement, graph, set(variables))
        problems.extend(_misread(statement, reads, variables, graph))
        names = {r.name for r in reads} | ({statement.name} & set(variables))
        if names:
            terms.append(_term(statement.name, statement.plates, names, graph))
    if problems:
        return Result(None, tuple(problems))
    return _Elimination(graph, variables, terms).run()


def _variable(site: Site, problems: list[Diagnostic]) -> Variable | None:
    law = site.law.distribution
    if site.kind.shape:
        problems.append(
            NotSupportedYet(span=site.span, feature="a discrete latent with a vector of values")
        )
        return None
    if site.kind.values is not None:
        return Variable(site=site.name, plates=site.plates, size=site.kind.values)
    support = site.kind.support
    if math.isfinite(support.lower) and math.isfinite(support.upper):
        first, last = int(support.lower), int(support.upper)
        return Variable(site=site.name, plates=site.plates, size=last - first + 1, first=first)
    if not law.finite:
        problems.append(InfiniteSupport(span=site.law.span, name=site.name, distribution=law.name))
        return None
    problems.append(
        NotSupportedYet(
            span=site.law.span, feature="a discrete latent whose largest value is not a constant"
        )
    )
    return None


def discrete_reads(statement: Statement, graph: ModelGraph, names: set[str]) -> list[Read]:
    """Every read of one of the named sites, those through definitions included."""
    found: list[Read] = []

    def visit(expression: Expr) -> None:
        for node in walk(expression):
            if isinstance(node, Read):
                if node.name in names:
                    found.append(node)
                elif node.name in graph.definitions:
                    visit(graph.definitions[node.name].value)

    for expression in statement.expressions:
        visit(expression)
    return found


def _misread(
    statement: Statement, reads: list[Read], variables: dict[str, Variable], graph: ModelGraph
) -> list[Diagnostic]:
    """Reads of a discrete site at another place than its own, which need more general sums."""
    del graph
    problems: list[Diagnostic] = []
    for read in reads:
        own = all(isinstance(i, Position) and i.offset == 0 for i in read.indices)
        axes = tuple(i.binder.axis for i in read.indices if isinstance(i, Position))
        if not own or axes != variables[read.name].plates:
            feature = f"reading the summed-out `{read.name}` at another place than its own"
            problems.append(NotSupportedYet(span=read.span, feature=feature))
        elif not set(axes) <= set(statement.plates):
            problems.append(
                NotSupportedYet(
                    span=read.span,
                    feature=f"reducing the summed-out `{read.name}` over its plate",
                )
            )
    return problems


def _term(name: str, plates: tuple[str, ...], variables: set[str], graph: ModelGraph) -> Term:
    ordered = sorted(variables, key=graph.rank.__getitem__)
    return Term(name=name, plates=plates, variables=tuple(ordered))


class _Elimination:
    """One run of the algorithm."""

    def __init__(
        self, graph: ModelGraph, variables: dict[str, Variable], terms: list[Term]
    ) -> None:
        self.graph = graph
        self.variables = variables
        self.terms = terms
        self.steps: list[Sum | Product] = []
        self.covers: dict[str, tuple[str, ...]] = {t.name: (t.name,) for t in terms}
        self.plate_order = list(dict.fromkeys(p for t in terms for p in t.plates))
        self.home = {
            name: set.intersection(*(set(t.plates) for t in terms if name in t.variables))
            for name in variables
        }

    def run(self) -> Result[EliminationPlan]:
        live = list(self.terms)
        totals: list[Term] = []
        while live:
            deepest = max((t.plates for t in live), key=lambda p: (len(p), p))
            here = [t for t in live if set(t.plates) == set(deepest)]
            live = [t for t in live if set(t.plates) != set(deepest)]
            for component in self._components(here, set(deepest)):
                left = self._sum_out(component, set(deepest))
                rest = {v for t in left for v in t.variables}
                outer = set().union(*(self.home[v] for v in rest))
                if rest and outer == set(deepest):
                    return Result(None, (self._intractable(component, rest, deepest),))
                reduced = self._multiply(left, set(deepest) - outer, deepest)
                (live if rest or reduced.plates else totals).append(reduced)
        plan = EliminationPlan(
            variables=self.variables,
            steps=tuple(self.steps),
            totals=tuple(totals),
            covers={t.name: self.covers[t.name] for t in totals},
        )
        return Result(plan)

    def _components(self, terms: list[Term], plates: set[str]) -> list[list[Term]]:
        """Terms that are connected through variables which live in exactly these plates."""
        links = nx.Graph()
        links.add_nodes_from(range(len(terms)))
        first: dict[str, int] = {}
        for i, term in enumerate(terms):
            for variable in term.variables:
                if self.home[variable] == plates:
                    links.add_edge(first.setdefault(variable, i), i)
        groups = [sorted(g) for g in nx.connected_components(links)]
        return [[terms[i] for i in g] for g in sorted(groups)]

    def _sum_out(self, terms: list[Term], plates: set[str]) -> list[Term]:
        """Sum out the variables that live here, the one with the fewest new links first."""
        left = list(terms)
        while local := {v for t in left for v in t.variables if self.home[v] == plates}:
            variable = min(sorted(local), key=lambda v: self._fill(v, left))
            inputs = [t for t in left if variable in t.variables]
            others = {v for t in inputs for v in t.variables} - {variable}
            output = self._new(f"{variable}_sum", inputs, inputs[0].plates, others)
            axes = [
                *inputs[0].plates,
                *(self.variables[v].size for v in (*sorted(others), variable)),
            ]
            self.steps.append(
                Sum(variable=variable, inputs=tuple(inputs), output=output, cost=tuple(axes))
            )
            left = [*(t for t in left if variable not in t.variables), output]
        return left

    @staticmethod
    def _fill(variable: str, terms: list[Term]) -> int:
        """How many pairs of its neighbours are not linked yet (min-fill)."""
        near = [set(t.variables) for t in terms if variable in t.variables]
        neighbours = set().union(*near) - {variable}
        return sum(
            not any({a, b} <= set(t.variables) for t in terms)
            for a, b in combinations(sorted(neighbours), 2)
        )

    def _multiply(self, terms: list[Term], away: set[str], plates: tuple[str, ...]) -> Term:
        gone = tuple(p for p in plates if p in away)
        kept = tuple(p for p in plates if p not in away)
        variables = {v for t in terms for v in t.variables}
        if not gone and len(terms) == 1:
            return terms[0]
        name = terms[0].name.removesuffix("_sum") + "_total"
        output = self._new(name, terms, kept, variables)
        self.steps.append(Product(inputs=tuple(terms), plates=gone, output=output))
        return output

    def _new(
        self, name: str, inputs: list[Term], plates: tuple[str, ...], variables: set[str]
    ) -> Term:
        taken = set(self.covers)
        unique = name
        while unique in taken:
            unique += "_"
        covered = {s for t in inputs for s in self.covers[t.name]}
        self.covers[unique] = tuple(sorted(covered, key=self.graph.rank.__getitem__))
        return _term(unique, plates, variables, self.graph)

    def _intractable(
        self, component: list[Term], rest: set[str], plates: tuple[str, ...]
    ) -> Diagnostic:
        by_name = {s.name: s for s in self.graph.statements}
        blamed = max(component, key=lambda t: len(set(t.variables) & rest))
        statements = [by_name[s] for s in self.covers[blamed.name]]
        coupling = max(statements, key=lambda s: (len(s.plates), s.span.start))
        sites = " and ".join(f"`{v}`" for v in sorted(rest))
        notes = tuple(Note(f"`{v}` is drawn here", by_name[v].span) for v in sorted(rest))
        return Intractable(
            span=coupling.span, notes=notes, sites=sites, plates=" and ".join(plates)
        )
