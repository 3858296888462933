"""What to do about an expression that does not fit: the help and the fixes of a diagnostic."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pplc.compiler.distributions import Distribution, Parameter
from pplc.compiler.expressions import Apply, Constant, Expr, Read, Reduce, Vector
from pplc.compiler.kinds.algebra import factors
from pplc.compiler.kinds.kinds import BOOL, NONNEGATIVE, POSITIVE, UNIT, Interval, Structure
from pplc.compiler.lower.environment import Environment, Scope
from pplc.grammar import nodes
from pplc.grammar.diagnostics import Fix, Note
from pplc.grammar.source import Span


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do, as text and as changes to copy; `notes` are the places that explain it."""

    help: str = ""
    fixes: tuple[Fix, ...] = ()
    notes: tuple[Note, ...] = ()


NO_ADVICE = Advice()

#: Distributions over positive numbers in place of those over all real ones, of location 0.
_HALVES = {"Normal": "HalfNormal", "Cauchy": "HalfCauchy"}
#: Functions whose values are of a type whatever they are applied to.
_INTO = {POSITIVE: ("exp", "softplus"), NONNEGATIVE: ("abs", "exp"), UNIT: ("sigmoid", "phi")}
#: Arguments that can also be given on the whole line: as what, what that is, and the way back.
_ON_THE_LINE = {
    "probs": ("logits", "the log odds", "sigmoid"),
    "rate": ("log_rate", "the logarithm of the rate", "exp"),
}


class Adviser:
    """Knows the declarations of a spec, and what an expression reads."""

    def __init__(self, environment: Environment) -> None:
        self.env = environment

    # --- index sets ---

    def index_it(self, found: Expr, scope: Scope) -> Advice:
        """A vector where a number is needed: the indices that make it one."""
        missing = [self._index_over(s, scope) for s in found.kind.shape]
        if isinstance(found, Apply) and found.function == "fill":
            number = (
                f"{found.arguments[0].value:g}" if isinstance(found.arguments[0], Constant) else ""
            )
            number = number or self.env.source.slice(found.arguments[0].span)
            fix = Fix("each of them", found.span, number)
            return Advice(f"in a statement for each element write `{number}`", (fix,))
        if not isinstance(found, Read):
            sets = " and ".join(found.kind.shape)
            return Advice(f"index what it is made of, so that no index of {sets} is left open")
        notes = self.env.declared(found.name)
        known = ", ".join(m for m in missing if m is not None)
        if None in missing:
            over = next(s for s, m in zip(found.kind.shape, missing, strict=True) if m is None)
            text = f"`{found.name}[...]` with a position in {over} is a number"
            return Advice(f"index it: {text}", notes=notes)
        text = self.env.source.slice(found.span)
        suggestion = f"{text[:-1]}, {known}]" if found.indices else f"{text}[{known}]"
        fix = Fix("index it", found.span, suggestion)
        return Advice(f"write `{suggestion}`", (fix,), notes)

    def _index_over(self, index_set: str, scope: Scope) -> str | None:
        """What stands for a position in an index set here: a binder, or data over a binder."""
        binders = {b.index_set: b.variable for b in scope.values()}
        return binders.get(index_set) or self._gather(index_set, binders)

    def _gather(self, index_set: str, binders: dict[str, str]) -> str | None:
        """`subj[n]`: the only data that give a position in the set for the binders in scope."""
        found = []
        for data in self.env.names.data.values():
            sets = [d.id for d in data.dims]
            if data.type.name == index_set and sets and all(s in binders for s in sets):
                found.append(f"{data.name.id}[{', '.join(binders[s] for s in sets)}]")
        return found[0] if len(found) == 1 else None

    def set_as_index(self, node: nodes.Name, expected: str, scope: Scope) -> Advice:
        """`x[N]`: the binder over N, or no index at all."""
        variable = next((b.variable for b in scope.values() if b.index_set == expected), None)
        if node.id != expected or variable is None:
            return Advice("without an index it stands for all its elements")
        fix = Fix(f"the element of `{variable}`", node.span, variable)
        return Advice(f"the element of `{variable}` is read with `[{variable}]`", (fix,))

    def other_index(self, index: Expr, expected: str, scope: Scope) -> Advice:
        """An index of the wrong set or of none: what may have been meant."""
        shifted = _shifted(index)
        if shifted is not None and shifted.kind.values == expected:
            text = self.env.source.slice(shifted.span)
            return Advice(
                f"`{text}` is a position already: labels are turned into positions, from 0, when "
                f"data are read;\nwhere they begin with 1, declare `index {expected} from 1`",
                (Fix("leave the arithmetic out", index.span, text),),
            )
        notes = self.env.declared(index.name) if isinstance(index, Read) else ()
        if isinstance(index, Read) and index.kind.values is None:
            return self._declare_as_positions(index, expected, notes)
        meant = self._index_over(expected, scope)
        if meant is None:
            return Advice(notes=notes)
        return Advice(
            f"a position in {expected} is `{meant}`",
            (Fix(f"write `{meant}`", index.span, meant),),
            notes,
        )

    def _declare_as_positions(self, index: Read, expected: str, notes: tuple[Note, ...]) -> Advice:
        data = self.env.names.data.get(index.name)
        if data is None:
            return Advice(
                f"what picks an element of {expected} is drawn from a `Categorical` over it",
                notes=notes,
            )
        fix = Fix(f"declare its values as positions in {expected}", data.type.span, expected)
        return Advice(
            f"if the values of `{index.name}` are labels of {expected}, declare them so",
            (fix,),
            notes,
        )

    def join(self, what: str, first: Expr, second: Expr, span: Span) -> Advice:
        """Two vectors or matrices over different sets in one operation."""
        shapes = first.kind.shape, second.kind.shape
        texts = [self.env.source.slice(e.span) for e in (first, second)]
        if what in ("`dot`", "`@`", "`*`") and {len(s) for s in shapes} == {1, 2}:
            matrix = 0 if len(shapes[0]) == 2 else 1
            if shapes[matrix][-1] == shapes[1 - matrix][0]:
                product = f"{texts[matrix]} @ {texts[1 - matrix]}"
                rows = shapes[matrix][0]
                return Advice(
                    f"`{product}` is the vector over {rows} of all their products; "
                    f"for one of them, index the matrix",
                    (Fix("all at once", span, product),),
                )
        return Advice("elements go together where both are over the same index set")

    # --- supports ---

    def argument(self, distribution: Distribution, parameter: Parameter, value: Expr) -> Advice:
        """An argument of a distribution that may lie outside what it must be."""
        choices = {p.name for p in distribution.choices}
        other = _ON_THE_LINE.get(parameter.name)
        if isinstance(value, Constant) or other is None or other[0] not in choices:
            return self.make_fit(value, parameter.support)
        keyword, what, function = other
        text = self.env.source.slice(value.span)
        notes = self.env.declared(value.name) if isinstance(value, Read) else ()
        if distribution.name == "NegativeBinomial" and value.kind.support.within(POSITIVE):
            return Advice(
                "it is a probability: the draw counts successes before `total_count` failures;\n"
                "with a mean and a dispersion it is written "
                "`NegativeBinomial(dispersion, logits=log(mean / dispersion))`",
                notes=notes,
            )
        return Advice(
            f"if this is {what}, write `{keyword}={text}`,\notherwise `{function}({text})`",
            (Fix(f"as {what}", self._with_keyword(value), f"{keyword}={text}"),),
            notes,
        )

    def _with_keyword(self, value: Expr) -> Span:
        """The place of an argument, with its keyword where it was given by one."""
        before = self.env.source.text[: value.span.start]
        keyword = re.search(r"\w+\s*=\s*$", before)
        return Span(keyword.start() if keyword else value.span.start, value.span.end)

    def structure(self, distribution: Distribution, needed: Structure, value: Expr) -> Advice:
        """A vector or matrix that lacks the structure that a distribution needs."""
        text = self.env.source.slice(value.span)
        notes = self.env.declared(value.name) if isinstance(value, Read) else ()
        known = f"where you know that it is {needed.words[0]}, `assume({text}, {needed})`"
        data = self.env.names.data.get(value.name) if isinstance(value, Read) else None
        if data is not None and len(data.dims) >= needed.dimensions:
            outer = [d.id for d in data.dims[: -needed.dimensions]]
            dims = f"[{', '.join(outer)}]" if outer else ""
            written = f"{data.name.id}{dims}: {needed}[{data.dims[-1].id}]"
            fix = Fix("declare it so", data.name.span.to(data.type.span), written)
            return Advice(f"if it is {needed.words[0]}, declare it so", (fix,), notes)
        if isinstance(value, Vector) and needed is Structure.SIMPLEX:
            return _total(value)
        if value.kind.structure is Structure.SEMIDEFINITE:
            mend = f"{text} + diag(fill(1e-6, {value.kind.shape[-1]}))"
            return Advice(f"it may be singular; add something small: `{mend}`", notes=notes)
        if (
            isinstance(value, Read)
            and value.name in self.env.names.sites
            and needed is Structure.ORDERED
        ):
            return Advice(
                f"the prior of `{value.name}` makes it so with `ordered` behind it", notes=notes
            )
        if needed is not Structure.SIMPLEX:
            return Advice(known, notes=notes)
        if isinstance(value, Apply) and value.function == "fill":
            over = value.kind.shape[0]
            fix = Fix("equal probabilities", value.span, f"fill(1 / size({over}), {over})")
            return Advice("the probabilities add up to 1", (fix,), notes)
        if value.kind.support.within(NONNEGATIVE):
            return Advice(f"the probabilities add up to 1; {known}", notes=notes)
        fix = Fix("as log odds", self._with_keyword(value), f"logits={text}")
        fixes = (fix,) if distribution.choices else ()
        return Advice(f"if these are log odds, write `logits={text}`", fixes, notes)

    def vector(self, distribution: Distribution, parameter: Parameter, value: Expr) -> str:
        """A number where a vector or a matrix must stand."""
        text = self.env.source.slice(value.span)
        if distribution.name == "Categorical":
            return "for two outcomes, yes and no, there is `Bernoulli`"
        if distribution.name == "MultivariateNormal" and parameter.event == 2:
            return "elements that do not depend on each other are a `Normal` each"
        sets = [s for s in self.env.index_sets if s != text]
        over = sets[-1] if len(sets) == 1 else "K"
        return f"for the same number everywhere write `fill({text}, {over})`, with its index set"

    def make_fit(self, value: Expr, takes: Interval) -> Advice:
        """A value that may lie outside what it must be: declare it so, or apply a function."""
        if isinstance(value, Constant):
            return Advice(f"write {takes.words[0]}")
        if takes == BOOL:
            return self._condition(value)
        if isinstance(value, Read):
            declared = self._redeclare(value, takes)
            if declared is not None:
                return declared
        text = self.env.source.slice(value.span)
        name = str(takes)
        if takes == POSITIVE and value.kind.support.within(NONNEGATIVE):
            return self._not_zero(value, text)
        into = next((f for t, f in _INTO.items() if t == takes), ())
        notes = self.env.declared(value.name) if isinstance(value, Read) else ()
        if not into:
            return Advice(notes=notes)
        written = " or ".join(f"`{f}({text})`" for f in into)
        return Advice(
            f"write {written};\nwhere you know that it is {name}, `assume({text}, {name})`",
            notes=notes,
        )

    def _not_zero(self, value: Expr, text: str) -> Advice:
        """A value that is not negative and may be 0, where it must be positive."""
        zeros = [f for f in factors(value) if not f.kind.support.within(POSITIVE)]
        reads = [f for f in zeros if isinstance(f, Read) and not f.kind.support.integer]
        declared = [self.env.names.data[f.name] for f in reads if f.name in self.env.names.data]
        if declared and len(declared) == len(zeros):
            names = " or ".join(f"`{d.name.id}`" for d in declared)
            return Advice(
                f"it is 0 where {names} is; if that is never so, declare it as `positive`",
                tuple(Fix("declare it as `positive`", d.type.span, "positive") for d in declared),
                tuple(note for d in declared for note in self.env.declared(d.name.id)),
            )
        why = "it may be 0"
        if any(isinstance(z, Reduce) and z.function == "sd" for z in zeros):
            why = "it is 0 where all values are the same"
        fix = Fix("where you know that it is not", value.span, f"assume({text}, positive)")
        return Advice(why, (fix,))

    def _condition(self, value: Expr) -> Advice:
        """A number where a condition is needed."""
        text = self.env.source.slice(value.span)
        compare = f"compare it with a number, such as `{text} > 0`"
        data = self.env.names.data.get(value.name) if isinstance(value, Read) else None
        if data is None or not value.kind.support.integer:
            return Advice(compare)
        fix = Fix("declare it as `bool`", data.type.span, "bool")
        help_text = f"if all its values are 0 or 1, declare it so;\nor {compare}"
        return Advice(help_text, (fix,), self.env.declared(data.name.id))

    def _redeclare(self, value: Read, takes: Interval) -> Advice | None:
        """The change of a declaration or of a prior that makes a name fit."""
        names, wanted = self.env.names, str(takes)
        notes = self.env.declared(value.name)
        declared = names.data.get(value.name) or names.params.get(value.name)
        if declared is not None and " " not in wanted:
            fix = Fix(f"declare it as `{wanted}`", declared.type.span, wanted)
            if value.name in names.params:
                return Advice("a `param` is kept within its type", (fix,), notes)
            return Advice(f"if all its values are {takes.words[1]}, declare it so", (fix,), notes)
        site = names.sites.get(value.name)
        if site is None or takes not in (POSITIVE, NONNEGATIVE):
            return None
        assert isinstance(site.statement, nodes.SiteStatement)
        law = site.statement.law
        if not isinstance(law, nodes.Call):
            return None
        prior = self._positive_prior(law)
        if prior is None:
            text = f"give `{value.name}` a distribution over positive numbers"
            return Advice(f"{text}, such as `HalfNormal(1)`", notes=notes)
        fix = Fix("a distribution over positive numbers", law.span, prior)
        return Advice(f"`{value.name} ~ {prior}` is over positive numbers", (fix,), notes)

    def _positive_prior(self, law: nodes.Call) -> str | None:
        """The half of a prior around 0."""
        values = {a.name: a.value for a in law.arguments if a.name is not None}
        values.update(
            zip(("loc", "scale"), (a.value for a in law.arguments if a.name is None), strict=False)
        )
        location, scale = values.get("loc"), values.get("scale")
        if law.function == "Flat" and not law.arguments:
            return "Flat(0, inf)"
        centred = isinstance(location, nodes.Number) and location.value == 0
        if law.function not in _HALVES or not centred or scale is None:
            return None
        return f"{_HALVES[law.function]}({self.env.source.slice(scale.span)})"


def _total(value: Vector) -> Advice:
    """A list of probabilities that do not add up to 1."""
    numbers = [i.value for i in value.items if isinstance(i, Constant)]
    if len(numbers) < len(value.items):
        return Advice("the last of the probabilities is 1 minus the others")
    return Advice(f"its elements add up to {sum(numbers):g}, and must to 1")


def _shifted(index: Expr) -> Expr | None:
    """The `subj[n]` of `subj[n] - 1`."""
    if isinstance(index, Apply) and index.function in ("+", "-"):
        first, second = index.arguments
        if isinstance(second, Constant):
            return first
    return None


def binder_name(index_set: str, taken: Scope) -> str:
    """A name for a binder over an index set: its first letter, as people write it."""
    letter = index_set[0].lower()
    return letter if letter not in taken and letter != index_set else f"{letter}_"
