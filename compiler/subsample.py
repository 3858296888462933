"""Minibatches: what of a model belongs to the elements of the plate that is taken in parts.

A minibatch is the same model over fewer elements of the plate, with all the data of these. What
its terms add up over the plate is scaled up: a power applied where densities are multiplied over
the plate, after what is inside has been summed out. That is unbiased if the elements meet nowhere
else: neither in a sum over a site outside, nor in a statement that reads several of them.
"""

from __future__ import annotations

from collections.abc import Iterator

from pplc.compiler.elimination.eliminate import EliminationPlan
from pplc.compiler.expressions import Apply, Expr, Position, Read, Reduce, Size
from pplc.compiler.graph import Definition, Factor, ModelGraph, Site, Statement
from pplc.compiler.guide.plan import Block, GuidePlan
from pplc.compiler.records import Record
from pplc.grammar.catalogue.elimination import BatchBiased, BatchTogether
from pplc.grammar.diagnostics import Diagnostic, Note, Result
from pplc.grammar.source import Span


class Nested(Record):
    """A plate each element of which belongs to one of `outer`: the one that data `index` gives."""

    plate: str
    outer: str
    index: str


class Subsample(Record):
    """What a minibatch of `size` elements of `plate` takes along.

    `nested` plates come with their elements. `inside` are the sites and factors over elements,
    whose log densities are scaled up; `arrays` the definitions from data alone that have an axis
    of elements, with their index sets.
    """

    plate: str
    size: int
    nested: tuple[Nested, ...]
    inside: tuple[str, ...]
    arrays: dict[str, tuple[str, ...]]

    @property
    def plates(self) -> set[str]:
        """All plates of which a minibatch has a part."""
        return {self.plate, *(n.plate for n in self.nested)}


def subsample(
    graph: ModelGraph, elimination: EliminationPlan, guide: GuidePlan, plate: str, size: int
) -> Result[Subsample]:
    """What belongs to the elements of a plate.

    Diagnostics: elements that meet in a sum over a site outside of the plate (E506), or that one
    statement or one block of the guide reads together (E507).
    """
    nested = _nested(graph, plate)
    plates = {plate, *(n.plate for n in nested)}
    inside = tuple(
        s.name
        for s in graph.statements
        if not isinstance(s, Definition) and not s.generated and plates & _over(s)
    )
    problems = [
        *_Elements(graph, plate, plates, nested).problems(guide),
        *_biased(graph, elimination, set(inside), plate),
    ]
    problems = problems or [*_blocks(graph, guide, plates, plate)]
    if problems:
        return Result(None, tuple(problems))
    constants = (d for d in graph.definitions.values() if d.constant)
    arrays = {d.name: d.dims for d in constants if plates & {*d.dims}}
    return Result(Subsample(plate=plate, size=size, nested=nested, inside=inside, arrays=arrays))


def _nested(graph: ModelGraph, plate: str) -> tuple[Nested, ...]:
    """The plates of which exactly one array tells where in the plate each element belongs."""
    found: dict[str, Nested] = {}
    outer = [plate]
    while outer:
        name = outer.pop(0)
        by_plate: dict[str, list[str]] = {}
        for data in graph.data.values():
            if data.kind.values == name and len(data.dims) == 1:
                by_plate.setdefault(data.dims[0], []).append(data.name)
        for inner, arrays in by_plate.items():
            if len(arrays) == 1 and inner != plate and inner not in found:
                found[inner] = Nested(plate=inner, outer=name, index=arrays[0])
                outer.append(inner)
    return tuple(found.values())


def _over(statement: Statement) -> set[str]:
    """The index sets that a statement runs over."""
    return {b.index_set for b in statement.binders}


class _Elements:
    """Looks for statements that read several elements, or count them."""

    def __init__(
        self, graph: ModelGraph, plate: str, plates: set[str], nested: tuple[Nested, ...]
    ) -> None:
        self.graph = graph
        self.plate = plate
        self.plates = plates
        self.nested = {n.plate: n for n in nested}

    def problems(self, guide: GuidePlan) -> Iterator[Diagnostic]:
        """One for each statement that is not about a single element."""
        laws = [b.statement for b in guide.blocks if b.statement is not None]
        for statement in (*self.graph.statements, *guide.definitions, *laws):
            constant = isinstance(statement, Definition) and statement.constant
            if constant or statement.generated:
                continue
            problem = self._statement(statement)
            if problem is not None:
                yield BatchTogether(span=problem[0], plate=self.plate, what=problem[1])

    def _statement(self, statement: Site | Definition | Factor) -> tuple[Span, str] | None:
        binders = [b for b in statement.binders if b.index_set in self.plates]
        sets = " and ".join(b.index_set for b in binders)
        if len(binders) > 1:
            return statement.span, f"runs over pairs of elements, of {sets}"
        if any(b.scan for b in binders):
            return statement.span, f"is a chain along {sets}: each element depends on the last"
        if any(b.start or b.stop is not None for b in binders):
            return statement.span, f"begins or ends within {sets}"
        if isinstance(statement, Site) and self.plates & {*statement.kind.shape}:
            return statement.span, "is one draw of all elements together"
        for expression in statement.expressions:
            problem = self._expression(expression)
            if problem is not None:
                return problem
        return None

    def _expression(self, node: Expr) -> tuple[Span, str] | None:
        sets = " and ".join(s for s in node.kind.shape if s in self.plates)
        if sets:
            return node.span, f"reads all elements of {sets}"
        match node:
            case Size() if node.index_set in self.plates:
                return node.span, "reads how many elements there are"
            case Position() if node.binder.index_set in self.plates:
                return node.span, "reads at which position an element is"
            case Reduce() if node.binder.index_set in self.plates and not self._members(node):
                return node.span, f"adds up over {node.binder.index_set}"
            case Read():
                return self._read(node)
        return next((p for c in node.children if (p := self._expression(c)) is not None), None)

    def _read(self, read: Read) -> tuple[Span, str] | None:
        """Indices that are positions are no numbers, but must lead to the same element."""
        dims = self._dims(read.name)
        for index, over in zip(read.indices, dims, strict=False):
            if over not in self.plates:
                problem = None if isinstance(index, Position) else self._expression(index)
                if problem is not None:
                    return problem
            elif not self._own(index, over):
                return read.span, f"reads an element of {over} that need not be in the same batch"
        return None

    def _own(self, index: Expr, over: str) -> bool:
        """Whether an index into a plate leads to the element that the statement is about."""
        if isinstance(index, Position):
            return index.binder.index_set == over and index.offset == 0
        if not isinstance(index, Read) or len(index.indices) != 1:
            return False
        (inner,) = index.indices
        nesting = next((n for n in self.nested.values() if n.index == index.name), None)
        return nesting is not None and nesting.outer == over and self._own(inner, nesting.plate)

    def _members(self, node: Reduce) -> bool:
        """Whether a reduction is over what belongs to one element: `where doc[w] == d`."""
        nesting = self.nested.get(node.binder.index_set)
        conditions = [node.where] if node.where is not None else []
        while conditions and nesting is not None:
            condition = conditions.pop()
            if isinstance(condition, Apply) and condition.function == "and":
                conditions += condition.arguments
            elif isinstance(condition, Apply) and condition.function == "==":
                for index, at in (condition.arguments, condition.arguments[::-1]):
                    names = isinstance(index, Read) and index.name == nesting.index
                    if names and isinstance(at, Position) and at.offset == 0:
                        return True
        return False

    def _dims(self, name: str) -> tuple[str, ...]:
        for declared in (self.graph.data, self.graph.params, self.graph.definitions):
            if name in declared:
                return declared[name].dims
        site = self.graph.sites.get(name)
        return site.dims if site is not None else ()


def _biased(
    graph: ModelGraph, elimination: EliminationPlan, inside: set[str], plate: str
) -> Iterator[Diagnostic]:
    """Sites that are summed out over terms from inside and outside of the plate."""
    for covered in elimination.covers.values():
        outside = [n for n in covered if n not in inside and n in elimination.variables]
        within = [n for n in covered if n in inside]
        if not outside or not within:
            continue
        site = graph.sites[outside[0]]
        reader = next(s for s in graph.statements if s.name == within[0])
        notes = (Note(f"`{reader.name}` is over {plate}", reader.span),)
        yield BatchBiased(span=site.span, notes=notes, name=site.name, plate=plate)


def _blocks(
    graph: ModelGraph, guide: GuidePlan, plates: set[str], plate: str
) -> Iterator[Diagnostic]:
    """Blocks of the guide that tie elements together, or are about some of their cells."""
    for index_set in graph.index_sets.values():
        if index_set.ragged is not None and plates & {index_set.name, index_set.ragged}:
            what = "is of another length for each element"
            yield BatchTogether(span=index_set.span, plate=plate, what=what)
            return
    for site in graph.sites.values():
        if site.cells is not None and not site.discrete and plates & {*site.dims}:
            what = "is inferred at some cells only, of which each batch would have others"
            yield BatchTogether(span=site.span, plate=plate, what=what)
            return
    for block in guide.blocks:
        if block.family in ("dense", "lowrank"):
            for name in block.sites:
                site = graph.sites[name]
                if plates & {*site.dims}:
                    what = "shares a Gaussian of the guide with all of its elements"
                    yield BatchTogether(span=site.span, plate=plate, what=what)


def guides_of_elements(graph: ModelGraph, guide: GuidePlan, taken: Subsample) -> list[Site]:
    """The latents inside whose guide has parameters of each element that steps have to find.

    Those of derived guides are no such: they are the best given the rest.
    """
    return [
        graph.sites[name]
        for block in guide.blocks
        if block.family in ("diagonal", "point") or _reads_table(graph, block, taken)
        for name in block.sites
        if name in taken.inside
    ]


def _reads_table(graph: ModelGraph, block: Block, taken: Subsample) -> bool:
    """Whether a distribution of the guide reads a param with a row for each element."""
    reads = block.statement.reads if block.statement is not None else set()
    return any(taken.plates & {*graph.params[n].dims} for n in reads if n in graph.params)
