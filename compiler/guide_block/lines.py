"""The lines of a guide block, taken apart: what stands to the left of `~`, and which family."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from pplc.compiler.advice.wording import closest
from pplc.compiler.distributions import DISTRIBUTIONS
from pplc.compiler.guide.plan import Family
from pplc.compiler.lower.environment import Environment
from pplc.grammar import nodes
from pplc.grammar.catalogue.guide import GuideFamilyUse, UnknownFamily
from pplc.grammar.diagnostics import Fix, Note
from pplc.grammar.source import Span

#: The families that are written as a word, with the families of blocks that they ask for.
WORDS: Mapping[str, Family] = {"point": "point", "normal": "diagonal", "mvn": "dense"}

#: What other tools call the families.
_ALIASES = {
    "delta": "point",
    "map": "point",
    "pointmass": "point",
    "autodelta": "point",
    "gaussian": "normal",
    "meanfield": "normal",
    "mean_field": "normal",
    "diagonal": "normal",
    "diagonalnormal": "normal",
    "autonormal": "normal",
    "autodiagonalnormal": "normal",
    "fullrank": "mvn",
    "full_rank": "mvn",
    "dense": "mvn",
    "multivariatenormal": "mvn",
    "multinormal": "mvn",
    "multi_normal": "mvn",
    "automultivariatenormal": "mvn",
    "low_rank": "lowrank(5)",
    "lowrankmvn": "lowrank(5)",
    "autolowrankmultivariatenormal": "lowrank(5)",
    "auto": "structured",
    "default": "structured",
}


@dataclass(frozen=True)
class Target:
    """`mu`, `theta[d]` or `log(tau)`: a name, its indices (None without brackets), a function."""

    name: nodes.Name
    indices: tuple[nodes.Expr, ...] | None
    function: str | None
    span: Span


@dataclass(frozen=True)
class Asked:
    """The right side of a line: a family of blocks, with its rank, or a distribution to lower.

    `structured` is what derived guides are, which the rest of the sites can ask for.
    """

    family: Family | Literal["structured"]
    rank: int = 0


def read_target(node: nodes.Expr) -> Target:
    """What stands to the left of `~`; the grammar lets nothing else through."""
    function = None
    inner = node
    if isinstance(inner, nodes.Call):
        function, inner = inner.function, inner.arguments[0].value
    if isinstance(inner, nodes.Index) and isinstance(inner.base, nodes.Name):
        return Target(inner.base, inner.indices, function, node.span)
    if isinstance(inner, nodes.Name):
        return Target(inner, None, function, node.span)
    return Target(nodes.Name(span=node.span, id="this expression"), None, function, node.span)


def read_family(env: Environment, node: nodes.Expr, rest: bool) -> Asked | None:
    """The family that a line asks for; None where it was reported. `rest`: the line is about `*`.

    A distribution is the family `law`.
    """
    if isinstance(node, nodes.Call):
        if node.function == "lowrank":
            return _lowrank(env, node, rest)
        if node.function in WORDS and not node.arguments:
            return Asked(WORDS[node.function])
        return None if rest and _refuse_law(env, node) else Asked("law")
    if isinstance(node, nodes.Name):
        if rest and node.id == "structured":
            return Asked("structured")
        if node.id in WORDS:
            return Asked(WORDS[node.id])
        if node.id == "structured":
            problem = "`structured` is the guide of what the other lines leave: it stands with `*`"
            refuse_family(
                env,
                node.span,
                problem=problem,
                found="here for single sites",
                suggestion="leave the line out, or write `* ~ structured`",
            )
            return None
        if node.id in DISTRIBUTIONS:
            return Asked("law")  # it is reported with its arguments
    name = env.source.slice(node.span)
    words = [*WORDS, "lowrank", *(["structured"] if rest else [])]
    suggestion = _ALIASES.get(name.lower()) or closest(name, words)
    suggestion = "lowrank(5)" if suggestion == "lowrank" else suggestion
    env.report(
        UnknownFamily(
            span=node.span,
            name=name,
            suggestion=suggestion or "",
            help_text=None if suggestion else "an example is `mu ~ normal`",
            fixes=(Fix(f"write `{suggestion}`", node.span, suggestion),) if suggestion else (),
        )
    )
    return None


def _lowrank(env: Environment, node: nodes.Call, rest: bool) -> Asked | None:
    values = [a.value for a in node.arguments]
    (rank,) = values if len(values) == 1 else (None,)
    if rest:
        problem = "the rest cannot share one Gaussian of low rank"
        suggestion = "name the sites: `(a, b) ~ lowrank(5)`"
    elif isinstance(rank, nodes.Number) and rank.is_integer and rank.value >= 1:
        return Asked("lowrank", int(rank.value))
    else:
        problem = "the rank of `lowrank` is a whole number, at least 1"
        suggestion = "for example `lowrank(5)`"
    refuse_family(
        env,
        node.span,
        problem=problem,
        found="for `*`" if rest else "not a rank",
        suggestion=suggestion,
    )
    return None


def _refuse_law(env: Environment, node: nodes.Call) -> bool:
    refuse_family(
        env,
        node.span,
        problem="a distribution is given to one site at a time, not to `*`",
        found="for the rest of the sites",
        suggestion="`*` takes `structured`, `normal`, `mvn` or `point`",
    )
    return True


def refuse_family(
    env: Environment,
    place: Span,
    *,
    problem: str,
    found: str,
    suggestion: str,
    notes: tuple[Note, ...] = (),
) -> None:
    """Report a family that a guide cannot draw a site from, or not so."""
    env.report(
        GuideFamilyUse(span=place, notes=notes, problem=problem, found=found, suggestion=suggestion)
    )
