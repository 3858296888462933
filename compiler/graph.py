"""The IR: a typed graphical model. Frozen; each pass reads it and returns something new."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

from pydantic import Field

from pplc.compiler.distributions import Distribution
from pplc.compiler.expressions import Binder, Expr, names_read
from pplc.compiler.kinds.kinds import Interval, Kind
from pplc.compiler.records import Is, Record
from pplc.grammar.source import Span


class _Entry(Record):
    name: str
    #: Where the name stands in its declaration or statement.
    span: Is[Span]


class Length(Record):
    """A size that follows from the spec: of a list of values, or of distributions in a mixture."""

    size: int
    #: What has so many elements, in words.
    source: str
    span: Is[Span]


class IndexSet(_Entry):
    """An index set (plate). Its size comes from data, from `--set`, or from the default `size`.

    `label_start` is the first label of `index V from 1`. `sized_by` holds the names of the data
    declared over it.
    """

    size: int | None = None
    label_start: int | None = None
    #: The index set for each element of which it has a length of its own.
    ragged: str | None = None
    sized_by: tuple[str, ...] = ()
    #: Fixed by how many values the spec itself lists.
    length: Length | None = None

    @property
    def known_size(self) -> int | None:
        """Its size as far as the spec tells."""
        return self.length.size if self.length is not None else self.size


def length_of(index_set: str) -> str:
    """What the lengths of a ragged index set are called among the data."""
    return f"length of {index_set}"


class Data(_Entry):
    """A declared array: a family over `dims` of values of a declared type."""

    dims: tuple[str, ...]
    #: Of the whole array, dims included.
    kind: Is[Kind]
    type_text: str
    missing: bool = False
    #: Whether it is not declared: the lengths of a ragged index set.
    implied: bool = False


class Param(_Entry):
    """A quantity that is optimised, not inferred: a family over `dims` of values of a type."""

    dims: tuple[str, ...]
    #: Of the whole array, dims included.
    kind: Is[Kind]
    #: The declaration, to be shown beside what is generated from it.
    text: str
    #: Where it starts: a number for all elements, or the whole array. None for the default.
    initial: Expr | None = None
    #: Whether the guide alone reads it: it is a parameter of the guide (phi), not of the model.
    guide: bool = False
    #: Whether it is declared in the guide block.
    local: bool = False


class Result(Record):
    """One result of a net; `name` is None where there is only one."""

    name: str | None
    kind: Is[Kind]


class Net(_Entry):
    """A neural network: layers of `hidden` units with `activation` between them."""

    inputs: tuple[Is[Kind], ...]
    results: tuple[Result, ...]
    hidden: tuple[int, ...]
    activation: str
    #: The declaration, to be shown beside what is generated from it.
    text: str
    #: Whether the guide alone uses it.
    guide: bool = False

    def result(self, name: str | None) -> Kind | None:
        """The kind of a result; None where there is none of that name."""
        return next((r.kind for r in self.results if r.name == name), None)


class Law(Record):
    """A distribution with its arguments, by name, and the distributions that it is made of."""

    distribution: Is[Distribution]
    arguments: dict[str, Expr]
    components: tuple[Law, ...] = ()
    span: Is[Span]

    @cached_property
    def expressions(self) -> tuple[Expr, ...]:
        """All arguments, those of its components behind its own."""
        inner = (e for c in self.components for e in c.expressions)
        return (*self.arguments.values(), *inner)

    def event(self, argument: str) -> int:
        """The dimensions of an argument beyond one number per site."""
        return self.distribution.events[argument]

    def rebuild(self, change: Callable[[Expr, int], Expr]) -> Law:
        """The same distribution over changed arguments; `change` is told their dimensions."""
        arguments = {n: change(a, self.event(n)) for n, a in self.arguments.items()}
        components = tuple(c.rebuild(change) for c in self.components)
        return self.replaced(arguments=arguments, components=components)


class Statement(_Entry):
    """What sites, definitions and factors share: the binders they run over."""

    binders: tuple[Binder, ...]
    #: The whole statement, to be shown beside what is generated from it.
    text: str
    #: Whether it belongs to the generate block, outside the objective.
    generated: bool = False

    @cached_property
    def expressions(self) -> tuple[Expr, ...]:
        """The expressions it is made of."""
        raise NotImplementedError

    @cached_property
    def reads(self) -> frozenset[str]:
        """The names it reads, without its own (an earlier element of a chain)."""
        return frozenset().union(*map(names_read, self.expressions)) - {self.name}

    @property
    def plates(self) -> tuple[str, ...]:
        """The axes of its binders, outermost first."""
        return tuple(b.axis for b in self.binders)


class Site(Statement):
    """A random variable: a family over its binders of draws of `kind`."""

    law: Law
    #: Of one draw, without the binders. Its support is the law's, narrowed by truncation.
    kind: Is[Kind]
    observed: bool
    #: What the first elements of a chain are drawn from, one after the other.
    starts: tuple[Law, ...] = ()
    ordered: bool = False
    #: Lower and upper end of its support, where they are not constants.
    bounds: tuple[Expr, Expr] | None = None
    #: Whether the missing cells of its data are latents: other statements read them.
    completed: bool = False

    @cached_property
    def expressions(self) -> tuple[Expr, ...]:
        """The arguments of its distributions."""
        return tuple(a for law in (*self.starts, self.law) for a in law.expressions)

    @property
    def dims(self) -> tuple[str, ...]:
        """The index sets of the whole family, those of a vector-valued draw last."""
        return tuple(b.index_set for b in self.binders) + self.kind.shape

    @property
    def written(self) -> tuple[Binder, ...]:
        """Its binders without those over the elements of vector arguments."""
        return tuple(b for b in self.binders if not b.implicit)

    @property
    def cells(self) -> str | None:
        """What the elements that are inferred are of, where these are not all of its array."""
        if self.completed:
            return self.name
        if self.latent and any(b.start or b.within for b in self.binders):
            return ", ".join(
                f"{b.axis} from {b.start}" if b.start else b.axis for b in self.binders
            )
        return None

    @property
    def discrete(self) -> bool:
        """Whether its values are integers."""
        return self.kind.support.integer

    @property
    def latent(self) -> bool:
        """Whether it has no data, or not all, and takes part in the objective."""
        return (not self.observed or self.completed) and not self.generated


class Valued(Statement):
    """A statement with a single expression."""

    value: Expr

    @cached_property
    def expressions(self) -> tuple[Expr, ...]:
        """Its value."""
        return (self.value,)


class Definition(Valued):
    """A computed quantity: a family over its binders of values of the kind of `value`."""

    #: Whether it depends on data alone, and is computed once, at load.
    constant: bool
    #: The values of the first elements of a recurrence.
    starts: tuple[Expr, ...] = ()

    @cached_property
    def expressions(self) -> tuple[Expr, ...]:
        """Its values."""
        return (*self.starts, self.value)

    @property
    def dims(self) -> tuple[str, ...]:
        """The index sets of the whole family."""
        return tuple(b.index_set for b in self.binders) + self.value.kind.shape


class Factor(Valued):
    """`factor e`: adds `e` to the log density."""


class ModelGraph(Record):
    """A whole model. Statements are in an order in which each can be computed."""

    index_sets: dict[str, IndexSet]
    data: dict[str, Data]
    params: dict[str, Param] = Field(default_factory=dict)
    nets: dict[str, Net] = Field(default_factory=dict)
    statements: tuple[Site | Definition | Factor, ...]

    @cached_property
    def sites(self) -> dict[str, Site]:
        """The random variables, by name."""
        return {s.name: s for s in self.statements if isinstance(s, Site)}

    @cached_property
    def definitions(self) -> dict[str, Definition]:
        """The computed quantities, by name."""
        return {s.name: s for s in self.statements if isinstance(s, Definition)}

    @cached_property
    def rank(self) -> dict[str, int]:
        """Where each statement stands in the order of computation."""
        return {s.name: i for i, s in enumerate(self.statements)}

    @cached_property
    def names(self) -> frozenset[str]:
        """All names of the model."""
        tables = (self.index_sets, self.data, self.params, self.nets)
        return frozenset({n for t in tables for n in t} | {s.name for s in self.statements})

    @property
    def factors(self) -> tuple[Factor, ...]:
        """The `factor` statements."""
        return tuple(s for s in self.statements if isinstance(s, Factor))

    def with_params(self, params: Mapping[str, Param], nets: Mapping[str, Net]) -> ModelGraph:
        """The same model with other params and nets."""
        return self.replaced(params=params, nets=nets)

    def with_more(self, definitions: tuple[Definition, ...]) -> ModelGraph:
        """The same model with further definitions, those of its guide."""
        return self.replaced(statements=(*self.statements, *definitions))

    def is_given(self, name: str) -> bool:
        """Whether all values of a name are known before the fit: data, or computed from data."""
        if name in self.data:
            return name not in self.sites or not self.sites[name].completed
        return name in self.definitions and self.definitions[name].constant

    def support_of(self, name: str) -> Interval:
        """The support of the values of a site or of data."""
        sites = self.sites
        return sites[name].kind.support if name in sites else self.data[name].kind.support
