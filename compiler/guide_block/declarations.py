"""What a guide block declares itself: its params and its definitions."""

from __future__ import annotations

from pplc.compiler.expressions import Binder
from pplc.compiler.graph import Definition, Param
from pplc.compiler.guide_block.reads import GuideReads
from pplc.compiler.lower.environment import Environment
from pplc.compiler.lower.expressions import ExpressionLowering
from pplc.compiler.lower.params import lower_param
from pplc.compiler.names.names import Entry
from pplc.grammar import nodes
from pplc.grammar.catalogue.guide import GuidePlateUnknown
from pplc.grammar.catalogue.names import DefinedTwice
from pplc.grammar.diagnostics import Note
from pplc.grammar.walk import nodes_in


class GuideDeclarations:
    """Those of one guide; `params` has the params of the model too."""

    def __init__(self, env: Environment, reads: GuideReads, params: dict[str, Param]) -> None:
        self.env = env
        self.reads = reads
        self.params = dict(params)
        self.definitions: dict[str, Definition] = {}

    def param(self, declared: nodes.ParamDecl) -> None:
        """Enter a param; reports a name that is taken."""
        if not self._claims(declared.name):
            return
        param = lower_param(self.env, declared, local=True)
        self.env.kinds[declared.name.id] = None if param is None else param.kind
        self.env.names.params[declared.name.id] = declared
        if param is not None:
            self.params[declared.name.id] = param

    def definition(self, statement: nodes.DefinitionStatement) -> None:
        """Enter a definition; reports a name that is taken, and what it cannot read."""
        if not self._claims(statement.target.name):
            return
        name = statement.target.name.id
        self.env.kinds[name] = None
        self.env.names.definitions[name] = Entry(statement, (), generated=False)
        scope: dict[str, Binder] = {}
        for index in statement.target.indices:
            binder = self._plate(index, statement.value, scope)
            if binder is None:
                return
            scope[binder.variable] = binder
        value = ExpressionLowering(self.env, name).whole(statement.value, scope)
        if value is None or not self.reads.readable((value,), name):
            return
        binders = tuple(scope.values())
        self.env.kinds[name] = value.kind.over(tuple(b.index_set for b in binders))
        self.definitions[name] = Definition(
            name=name,
            span=statement.target.name.span,
            binders=binders,
            text=self.env.text(statement.span),
            value=value,
            constant=False,
        )

    def _claims(self, name: nodes.Name) -> bool:
        if name.id not in self.env.names.values and name.id not in self.env.kinds:
            return True
        note = self.env.declared(name.id) or (Note(f"`{name.id}` is defined in the guide already"),)
        self.env.report(
            DefinedTwice(span=name.span, notes=note, name=name.id, again="defined in the guide")
        )
        return False

    def _plate(
        self, index: nodes.Binder | nodes.Expr, value: nodes.Expr, scope: dict[str, Binder]
    ) -> Binder | None:
        """The binder of a definition in the guide: written out, or told by what it indexes."""
        if isinstance(index, nodes.Binder):
            return self.env.binder(index, scope)
        if isinstance(index, nodes.Name):
            for node in nodes_in(value):
                if isinstance(node, nodes.Index) and isinstance(node.base, nodes.Name):
                    kind = self.env.kinds.get(node.base.id)
                    for i, inner in enumerate(node.indices if kind is not None else ()):
                        if inner == index and kind is not None and i < len(kind.shape):
                            return _binder(index.id, kind.shape[i], scope)
            sets = {b.index_set for b in self.env.names.binders if b.variable == index.id}
            if len(sets) == 1:
                return _binder(index.id, sets.pop(), scope)
        text = self.env.source.slice(index.span)
        self.env.report(GuidePlateUnknown(span=index.span, index=text))
        return None


def _binder(variable: str, index_set: str, scope: dict[str, Binder]) -> Binder:
    occurrence = sum(b.index_set == index_set for b in scope.values())
    return Binder(variable=variable, index_set=index_set, occurrence=occurrence)
