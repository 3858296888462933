"""The guide block -> what it asks for, lined up with the model and checked against it."""

from __future__ import annotations

from pplc.compiler.graph import ModelGraph
from pplc.compiler.guide.plan import Block, GuideRequest, Rest
from pplc.compiler.guide_block.alignment import Alignment
from pplc.compiler.guide_block.declarations import GuideDeclarations
from pplc.compiler.guide_block.gaussians import gaussian_blocks
from pplc.compiler.guide_block.laws import law_block
from pplc.compiler.guide_block.lines import read_family
from pplc.compiler.guide_block.reads import GuideReads
from pplc.compiler.kinds.kinds import Kind
from pplc.compiler.lower.environment import Environment
from pplc.compiler.names.names import Names
from pplc.grammar import nodes
from pplc.grammar.catalogue.guide import GuideMissing
from pplc.grammar.diagnostics import Note, Result
from pplc.grammar.source import Source, Span


def lower_guide(
    source: Source, names: Names, graph: ModelGraph
) -> Result[tuple[ModelGraph, GuideRequest]]:
    """What the guide blocks ask for, and the model with the params of the guide entered.

    Diagnostics: E6, and those of the expressions in it. Statements of the model that have an error
    are unknown here, and lines about them stay silent.
    """
    lowering = _GuideLowering(source, names, graph)
    for guide in names.guides:
        lowering.block(guide)
    for guide in names.guides:
        lowering.complete(guide)
    problems = sorted(lowering.env.problems, key=lambda p: p.span.start if p.span else 0)
    return Result((lowering.graph_with_params(), lowering.request()), tuple(problems))


class _GuideLowering:
    """The lines of the guide blocks of one spec, one after the other."""

    def __init__(self, source: Source, names: Names, graph: ModelGraph) -> None:
        self.graph = graph
        self.env = Environment(
            source, names, index_sets=dict(graph.index_sets), nets=dict(graph.nets)
        )
        self.env.kinds = {n: _kind(graph, n) for n in names.values}
        self.blocks: list[Block] = []
        self.rest: Rest = "structured"
        self.rest_span: Span | None = None
        self.reads = GuideReads(self.env, graph, self.blocks)
        self.declared = GuideDeclarations(self.env, self.reads, graph.params)
        self.alignment = Alignment(self.env, graph, self.declared.params, self.declared.definitions)

    def block(self, guide: nodes.GuideBlock) -> None:
        """All lines of one block; params first, since their order does not matter."""
        for line in guide.body:
            if isinstance(line, nodes.ParamDecl):
                self.declared.param(line)
        for line in guide.body:
            if isinstance(line, nodes.DefinitionStatement):
                self.declared.definition(line)
            elif isinstance(line, nodes.GuideStatement):
                self._line(line)

    def _line(self, node: nodes.GuideStatement) -> None:
        asked = read_family(self.env, node.family, rest=not node.targets)
        if not node.targets:
            family = self.rest if asked is None else asked.family
            assert family in ("structured", "dense", "diagonal", "point")
            self.rest = family
            self.rest_span = node.span
            return
        line = self.alignment.line(node, asked)
        if line is None:
            return
        if line.asked.family == "law":
            law = law_block(self.alignment, self.reads, line)
            blocks = [] if law is None else [law]
        else:
            blocks = gaussian_blocks(self.alignment, line)
        self.blocks += [block.replaced(span=node.span) for block in blocks]

    def request(self) -> GuideRequest:
        """What was asked for."""
        return GuideRequest(
            blocks=tuple(self.blocks),
            definitions=tuple(self.declared.definitions.values()),
            rest=self.rest,
            rest_span=self.rest_span,
        )

    def graph_with_params(self) -> ModelGraph:
        """The model with the guide's params; what the model does not read is the guide's too."""
        read = set().union(*(s.reads for s in self.graph.statements))
        laws = [b.statement for b in self.blocks if b.statement is not None]
        own = set().union(*(s.reads for s in (*laws, *self.declared.definitions.values())))
        guides = own - read
        params = {n: p.replaced(guide=n in guides) for n, p in self.declared.params.items()}
        nets = {n: x.replaced(guide=n in guides) for n, x in self.graph.nets.items()}
        return self.graph.with_params(params, nets)

    def complete(self, guide: nodes.GuideBlock) -> None:
        """Report what a strict guide leaves out."""
        left = [
            s.name
            for s in self.graph.sites.values()
            if s.latent and not s.discrete and s.name not in self.alignment.named
        ]
        starred = any(isinstance(s, nodes.GuideStatement) and not s.targets for s in guide.body)
        if guide.strict and left and not starred:
            names = " and ".join(f"`{n}`" for n in left)
            notes = tuple(Note(f"`{n}` is drawn here", self.graph.sites[n].span) for n in left)
            head = Span(guide.span.start, guide.span.start + len("guide strict"))
            self.env.report(GuideMissing(span=head, notes=notes, names=names))


def _kind(graph: ModelGraph, name: str) -> Kind | None:
    if name in graph.data:
        return graph.data[name].kind
    if name in graph.params:
        return graph.params[name].kind
    if name in graph.definitions:
        definition = graph.definitions[name]
        return definition.value.kind.over(tuple(b.index_set for b in definition.binders))
    if name in graph.sites:
        site = graph.sites[name]
        return site.kind.over(tuple(b.index_set for b in site.binders))
    return None
