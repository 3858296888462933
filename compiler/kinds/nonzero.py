"""Which expressions are almost surely not zero: those of continuous random quantities."""

from __future__ import annotations

from pplc.compiler.expressions import (
    Apply,
    Binder,
    Constant,
    Expr,
    Position,
    Read,
    names_read,
    walk,
)
from pplc.compiler.lower.environment import Environment


def is_diffuse(env: Environment, e: Expr) -> bool:
    """Whether no number is its value with positive probability.

    A site with a density, moved and stretched by numbers that are not random.
    """
    match e:
        case Read():
            return e.name in env.diffuse
        case Apply(function="negate"):
            return is_diffuse(env, e.arguments[0])
        case Apply(function="+" | "-"):
            a, b = e.arguments
            apart = isinstance(a, Read) and isinstance(b, Read) and _two_sites(env, a, b)
            return apart or any(
                is_diffuse(env, x) and not names_read(y) & env.random for x, y in ((a, b), (b, a))
            )
        case Apply(function="*"):
            a, b = e.arguments
            return any(
                is_diffuse(env, x) and isinstance(y, Constant) and y.value != 0
                for x, y in ((a, b), (b, a))
            )
        case _:
            return False


def differ(env: Environment, e: Expr, binder: Binder) -> bool:
    """Whether no two of its values along a binder are almost surely the same.

    The elements of a site with a density, moved and stretched alike.
    """
    match e:
        case Read():
            own = [i for i in e.indices if isinstance(i, Position) and i.binder == binder]
            return e.name in env.diffuse and e.name in env.names.sites and bool(own)
        case Apply(function="negate"):
            return differ(env, e.arguments[0], binder)
        case Apply(function="+" | "-" | "*"):
            a, b = e.arguments
            alike = e.function != "*"
            return any(
                differ(env, x, binder) and not _runs(y, binder) and (alike or is_nonzero(env, y))
                for x, y in ((a, b), (b, a))
            )
        case _:
            return False


def _runs(e: Expr, binder: Binder) -> bool:
    return any(isinstance(n, Position) and n.binder == binder for n in walk(e))


def _two_sites(env: Environment, a: Read, b: Read) -> bool:
    sites = set(env.names.sites) & env.diffuse
    return a.name in sites and b.name in sites and a.name != b.name


def is_nonzero(env: Environment, e: Expr) -> bool:
    """Whether it is almost surely not zero."""
    if 0 not in e.kind.support or is_diffuse(env, e):
        return True
    if isinstance(e, Apply) and e.function in ("*", "/", "abs", "negate"):
        return all(is_nonzero(env, x) for x in e.arguments)
    return isinstance(e, Apply) and e.function == "^" and is_nonzero(env, e.arguments[0])
