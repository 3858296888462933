"""What the expressions of a guide may read: what has a value when they are computed."""

from __future__ import annotations

from collections.abc import Sequence

from pplc.compiler.expressions import Expr, Read, walk
from pplc.compiler.graph import Definition, ModelGraph
from pplc.compiler.guide.plan import Block
from pplc.compiler.guide_block.lines import read_target
from pplc.compiler.lower.environment import Environment
from pplc.compiler.scans import recurrences
from pplc.grammar import nodes
from pplc.grammar.catalogue.guide import GuideReadsLater, GuideReadsSummedOut
from pplc.grammar.diagnostics import Diagnostic


class GuideReads:
    """The checks of one guide; `blocks` are those of the lines so far."""

    def __init__(self, env: Environment, graph: ModelGraph, blocks: Sequence[Block]) -> None:
        self.env = env
        self.graph = graph
        self.blocks = blocks

    def readable(self, expressions: tuple[Expr, ...], owner: str) -> bool:
        """Whether everything read here has a value when the guide draws `owner`."""
        drawn = {b.name for b in self.blocks if b.family == "law"}
        problems: list[Diagnostic] = []
        reads = [n for e in expressions for n in walk(e) if isinstance(n, Read)]
        for read in reads:
            problem = self._unreadable(read, owner, drawn)
            if problem is not None:
                problems.append(problem)
        self.env.problems.extend(problems)
        return not problems

    def _unreadable(self, read: Read, owner: str, drawn: set[str]) -> Diagnostic | None:
        notes = self.env.declared(read.name)
        definition = self.graph.definitions.get(read.name)
        if definition is not None and not definition.constant:
            return self._of_definition(read, definition, owner, drawn)
        site = self.graph.sites.get(read.name)
        if site is None or not (site.latent or site.generated):
            return None
        if site.discrete:
            return GuideReadsSummedOut(
                span=read.span,
                notes=notes,
                name=read.name,
                how="kept there as a table of probabilities"
                if site.name in self._laws()
                else "summed out of the model",
            )
        if site.generated:
            when = "in the objective, but it is drawn after the fit"
            help_text = "let the guide depend on data and on latents that it draws"
            return GuideReadsLater(
                span=read.span, notes=notes, help_text=help_text, name=read.name, when=when
            )
        if site.name == owner:
            help_text = "let it depend on params, data or latents drawn before"
            return GuideReadsLater(
                span=read.span, help_text=help_text, name=owner, when="to draw it itself"
            )
        if site.name not in self._laws() - drawn:
            return None
        when = f"to draw `{owner}`, but draws it later"
        return GuideReadsLater(span=read.span, notes=notes, name=read.name, when=when)

    def _of_definition(
        self, read: Read, definition: Definition, owner: str, drawn: set[str]
    ) -> Diagnostic | None:
        """The same of a value that the model computes: of all that it is computed from."""
        when = ""
        if definition.generated:
            when = "in the objective, but it is computed after the fit"
        elif any(definition in group for group in recurrences(self.graph.definitions.values())):
            when = f"to draw `{owner}`, but it is computed step by step along a scan"
        if when:
            return GuideReadsLater(
                span=read.span,
                notes=self.env.declared(read.name),
                help_text="let the guide read data and latents that it draws",
                name=read.name,
                when=when,
            )
        problems = (
            self._unreadable(read.replaced(name=name), owner, drawn)
            for name in sorted(definition.reads)
        )
        return next((p for p in problems if p is not None), None)

    def _laws(self) -> set[str]:
        """The sites to which some line of the guide gives a distribution."""
        return {
            read_target(line.targets[0]).name.id
            for guide in self.env.names.guides
            for line in guide.body
            if isinstance(line, nodes.GuideStatement)
            and line.targets
            and isinstance(line.family, nodes.Call)
            and line.family.function != "lowrank"
        }
