"""Which discrete random variables are summed out, in which order, and at what cost.

Tensor variable elimination over plated factor graphs (Obermeyer et al. 2019, "Tensor Variable
Elimination for Plated Factor Graphs", algorithm 1). It is decided from names alone: the sizes of
the plates only set the cost. Two things are added: a plate of which data says where each element
belongs is nested in another, and a chain along a scan is summed out as a whole.
"""

from __future__ import annotations

from functools import cached_property
from itertools import combinations

from pplc.compiler.elimination.factor_graph import (
    FactorGraph,
    Nesting,
    Slot,
    Term,
    Variable,
    factor_graph,
    term_of,
)
from pplc.compiler.expressions import Expr
from pplc.compiler.graph import ModelGraph
from pplc.compiler.naming import unused_name
from pplc.compiler.records import Record
from pplc.grammar.catalogue.elimination import Intractable
from pplc.grammar.diagnostics import Diagnostic, Note, Result

Cost = tuple[str | int, ...]


class Sum(Record):
    """Add up `inputs`, sum `variable` out: log-sum-exp over its values. `cost` multiplies up."""

    variable: str
    inputs: tuple[Term, ...]
    output: Term
    cost: Cost


class Chain(Record):
    """Add up `inputs`, sum the paths of `sites` along `scan` out: the forward algorithm.

    The sites of several chains make a joint state; `order` is how many steps back it looks.
    """

    sites: tuple[str, ...]
    scan: str
    order: int
    inputs: tuple[Term, ...]
    output: Term
    cost: Cost


class Product(Record):
    """Add up `inputs`, then multiply densities over the elements of `plates`: a plain sum."""

    inputs: tuple[Term, ...]
    plates: tuple[str, ...]
    output: Term


class Segments(Record):
    """Add up `inputs`, then, for each element of `onto`, over the elements of `plate` in it.

    `index` gives the position in `onto` of each element of `plate`.
    """

    inputs: tuple[Term, ...]
    plate: str
    onto: str
    index: Expr
    output: Term


Step = Sum | Chain | Product | Segments


class EliminationPlan(Record):
    """The whole of it: `steps` in order; `totals` are the terms that are left, without plates.

    `covers` tells which statements a total adds up. `leaves` names for each site a statement
    whose density varies over the site's plates and values, and no further plates: derivatives
    with respect to it are the site's probabilities. The densities of statements in `split` are
    kept in pieces: that of the first elements of a chain apart.
    """

    variables: dict[str, Variable]
    #: Discrete latents that are not summed out: the guide keeps their probabilities.
    kept: dict[str, Variable]
    steps: tuple[Step, ...]
    totals: tuple[Term, ...]
    covers: dict[str, tuple[str, ...]]
    leaves: dict[str, str]
    split: frozenset[str]
    #: The plates that data nests in others.
    nested: dict[str, tuple[Nesting, ...]]

    @property
    def enumerated(self) -> dict[str, Variable]:
        """The sites all of whose values are taken into account at once."""
        return self.variables | self.kept

    def cost_of(self, variable: str) -> Cost:
        """What the number of terms of summing a variable out is the product of."""
        return self._costs[variable]

    @cached_property
    def _costs(self) -> dict[str, Cost]:
        costs = {s.variable: s.cost for s in self.steps if isinstance(s, Sum)}
        chains = [s for s in self.steps if isinstance(s, Chain)]
        return costs | {site: s.cost for s in chains for site in s.sites}


def eliminate(graph: ModelGraph, named: frozenset[str] = frozenset()) -> Result[EliminationPlan]:
    """Plan the elimination of every discrete latent site but those `named`, which the guide keeps.

    Diagnostics: supports that are not finite (E502, E508, E509), reads that tie elements of a
    plate together (E503 to E505), forms that are intractable (E501).
    """
    factors = factor_graph(graph, named)
    if factors.value is None:
        return Result(None, factors.diagnostics)
    return _Elimination(graph, factors.value).run()


class _Elimination:
    """One run of the algorithm."""

    def __init__(self, graph: ModelGraph, factors: FactorGraph) -> None:
        self.graph = graph
        self.factors = factors
        self.variables = factors.variables
        self.terms = factors.terms
        self.steps: list[Step] = []
        self.covers: dict[str, tuple[str, ...]] = {t.name: (t.name,) for t in self.terms}
        self.terms_of: dict[str, list[Term]] = {name: [] for name in self.variables}
        for term in self.terms:
            for site in term.sites:
                self.terms_of[site].append(term)
        self.home = {
            name: set.intersection(*map(factors.plates, terms))
            for name, terms in self.terms_of.items()
        }

    def run(self) -> Result[EliminationPlan]:
        live = list(self.terms)
        totals: list[Term] = []
        while live:
            deepest = max((self.factors.plates(t) for t in live), key=lambda p: (len(p), sorted(p)))
            here = [t for t in live if self.factors.plates(t) == deepest]
            live = [t for t in live if self.factors.plates(t) != deepest]
            for component in self._components(here, deepest):
                left, plates = self._sum_out(component, deepest)
                rest = {v for t in left for v in t.sites}
                outer = set().union(*(self.home[v] for v in rest))
                if not outer <= plates or (rest and outer == deepest):
                    return Result(None, (self._intractable(component, rest, deepest),))
                reduced = self._multiply(left, outer)
                if not outer <= self.factors.plates(reduced):
                    return Result(None, (self._intractable(component, rest, deepest),))
                (live if rest or reduced.plates else totals).append(reduced)
        return Result(self._plan(totals))

    def _plan(self, totals: list[Term]) -> EliminationPlan:
        leaves = {name: self._leaf(name) for name in self.variables}
        kept_whole = set(leaves.values())
        chains = [s for s in self.steps if isinstance(s, Chain) and s.order == 1]
        chained = {t.name for s in chains for t in s.inputs}
        split = {
            t.name
            for t in self.terms
            if t.name in chained and any(s.back for s in t.slots) and t.name not in kept_whole
        } - begins_later(self.graph)
        return EliminationPlan(
            variables=self.variables,
            kept=self.factors.kept,
            steps=tuple(self.steps),
            totals=tuple(totals),
            covers={t.name: self.covers[t.name] for t in totals},
            leaves=leaves,
            split=frozenset(split),
            nested=self.factors.nested,
        )

    def _leaf(self, site: str) -> str:
        """The statement whose density a site's probabilities are the derivatives of."""
        plates = set(self.variables[site].plates)
        own = next(t for t in self.terms_of[site] if t.name == site)
        if not any(s.back for s in own.slots):
            return site
        for term in self.terms_of[site]:
            plain = not any(s.back for s in term.slots)
            if plain and Slot(site) in term.slots and set(term.plates) == plates:
                return term.name
        return site

    # --- sums ---

    def _components(self, terms: list[Term], plates: set[str]) -> list[list[Term]]:
        """Terms that are connected through variables which live in exactly these plates."""
        parent = list(range(len(terms)))

        def root(i: int) -> int:
            while parent[i] != i:
                parent[i] = i = parent[parent[i]]
            return i

        first: dict[str, int] = {}
        for i, term in enumerate(terms):
            for site in term.sites:
                if self.home[site] == plates:
                    parent[root(i)] = root(first.setdefault(site, i))
        groups: dict[int, list[Term]] = {}
        for i, term in enumerate(terms):
            groups.setdefault(root(i), []).append(term)
        return list(groups.values())

    def _sum_out(self, terms: list[Term], plates: set[str]) -> tuple[list[Term], set[str]]:
        """Sum out the variables that live here; those of chains come last, all at once.

        Returns what is left and the plates it has.
        """
        left = list(terms)
        chained = {s.site for t in terms for s in t.slots if s.back and self.home[s.site] == plates}
        while local := {v for t in left for v in t.sites if self.home[v] == plates} - chained:
            variable = min(sorted(local), key=lambda v: self._fill(v, left))
            inputs = [t for t in left if variable in t.sites]
            others = {s for t in inputs for s in t.slots} - {Slot(variable)}
            output = self._new(f"{variable}_sum", inputs, _joined(inputs), others)
            cost = (*self._cost(output.plates, others), self.variables[variable].size)
            self.steps.append(
                Sum(variable=variable, inputs=tuple(inputs), output=output, cost=cost)
            )
            left = [*(t for t in left if variable not in t.sites), output]
        if not chained:
            return left, plates
        inputs = [t for t in left if t.sites & chained]
        chain = self._chain(inputs, chained)
        rest = [t for t in left if not t.sites & chained]
        return [*rest, chain.output], plates - {chain.scan}

    def _chain(self, inputs: list[Term], chained: set[str]) -> Chain:
        slots = {s for t in inputs for s in t.slots}
        sites = tuple(v for v in self.variables if v in chained)
        scan = next(p for p in self.variables[sites[0]].plates if p in self.factors.scans)
        order = max(s.back for s in slots if s.site in chained)
        others = {s for s in slots if s.site not in chained}
        plates = tuple(p for p in _joined(inputs) if p != scan)
        output = self._new(f"{'_'.join(sites)}_sum", inputs, plates, others)
        state = tuple(self.variables[v].size for v in sites)
        cost = (*_joined(inputs), *self._cost((), others), *state * (order + 1))
        chain = Chain(
            sites=sites, scan=scan, order=order, inputs=tuple(inputs), output=output, cost=cost
        )
        self.steps.append(chain)
        return chain

    def _cost(self, plates: tuple[str, ...], slots: set[Slot]) -> Cost:
        ordered = term_of("", (), slots, self.variables).slots
        return (*plates, *(self.variables[s.site].size for s in ordered))

    @staticmethod
    def _fill(variable: str, terms: list[Term]) -> int:
        """How many pairs of its neighbours are not linked yet (min-fill)."""
        near = [set(t.slots) for t in terms if variable in t.sites]
        neighbours = {s for s in set().union(*near) if s.site != variable}
        return sum(
            not any({a, b} <= set(t.slots) for t in terms)
            for a, b in combinations(sorted(neighbours), 2)
        )

    # --- products ---

    def _multiply(self, terms: list[Term], kept: set[str]) -> Term:
        """Multiply terms over all plates but those that are kept."""
        nested = {
            p: n
            for p in _joined(terms)
            if p not in kept
            for n in self.factors.nested.get(p, ())
            if n.outer in kept
        }
        for plate, nesting in nested.items():
            inside = [t for t in terms if plate in t.plates]
            plates = [p for p in _joined(inside) if p != plate]
            onto = nesting.outer
            slots = {s for t in inside for s in t.slots}
            output = self._new(_total(inside), inside, (*plates, onto), slots)
            self.steps.append(
                Segments(
                    inputs=tuple(inside), plate=plate, onto=onto, index=nesting.index, output=output
                )
            )
            terms = [*(t for t in terms if plate not in t.plates), output]
        gone = tuple(p for p in _joined(terms) if p not in kept)
        if not gone and len(terms) == 1:
            return terms[0]
        plates = [p for p in _joined(terms) if p in kept]
        output = self._new(_total(terms), terms, tuple(plates), {s for t in terms for s in t.slots})
        self.steps.append(Product(inputs=tuple(terms), plates=gone, output=output))
        return output

    def _new(
        self, name: str, inputs: list[Term], plates: tuple[str, ...], slots: set[Slot]
    ) -> Term:
        unique = unused_name(name.replace(" ", "_"), self.covers)
        covered = {s for t in inputs for s in self.covers[t.name]}
        self.covers[unique] = tuple(sorted(covered, key=self.graph.rank.__getitem__))
        return term_of(unique, plates, slots, self.variables)

    def _intractable(self, component: list[Term], rest: set[str], plates: set[str]) -> Diagnostic:
        by_name = {s.name: s for s in self.graph.statements}
        blamed = max(component, key=lambda t: len(t.sites & rest))
        statements = [by_name[s] for s in self.covers[blamed.name]]
        coupling = max(statements, key=lambda s: (len(s.plates), s.span.start))
        sites = " and ".join(f"`{v}`" for v in sorted(rest))
        notes = tuple(Note(f"`{v}` is drawn here", by_name[v].span) for v in sorted(rest))
        over = " and ".join(p for p in coupling.plates if p in plates)
        return Intractable(
            span=coupling.span, notes=notes, statement=coupling.name, sites=sites, plates=over
        )


def begins_later(graph: ModelGraph) -> set[str]:
    """The statements with a binder that does not start at 0."""
    return {s.name for s in graph.statements if any(b.start for b in s.binders)}


def _joined(terms: list[Term]) -> tuple[str, ...]:
    """All plates of some terms, in order."""
    return tuple(dict.fromkeys(p for t in terms for p in t.plates))


def _total(terms: list[Term]) -> str:
    return terms[0].name.removesuffix("_sum") + "_total"
