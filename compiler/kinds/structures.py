"""What arithmetic keeps of the structure of vectors and matrices."""

from __future__ import annotations

from collections.abc import Sequence

from pplc.compiler.elements import element_at
from pplc.compiler.expressions import Apply, Binder, Expr, Position, Reduce
from pplc.compiler.kinds.algebra import add_up_to_one, place_in, summands
from pplc.compiler.kinds.kinds import NONNEGATIVE, POSITIVE, Structure
from pplc.compiler.kinds.literals import same

_COV, _TRIL = Structure.COV, Structure.SCALE_TRIL
_DIAGONAL, _SEMIDEFINITE = Structure.DIAGONAL, Structure.SEMIDEFINITE

#: What is left of a structure that is multiplied by a positive number.
_SCALED = {
    Structure.ORDERED: Structure.ORDERED,
    Structure.POSITIVE_ORDERED: Structure.POSITIVE_ORDERED,
    Structure.ORDERED_SIMPLEX: Structure.ORDERED,
    Structure.CORR: _COV,
    Structure.COV: _COV,
    Structure.CHOLESKY_CORR: _TRIL,
    Structure.SCALE_TRIL: _TRIL,
    Structure.DIAGONAL: _DIAGONAL,
    Structure.SEMIDEFINITE: _SEMIDEFINITE,
}


def elementwise(function: str, *arguments: Expr) -> Structure | None:
    """The structure of a function applied element by element."""
    if function == "exp" and _is_log_share(*arguments):
        return Structure.SIMPLEX
    return _arithmetic(function, *arguments) if len(arguments) == 2 else None


def _arithmetic(operator: str, left: Expr, right: Expr) -> Structure | None:
    a, b = left.kind.structure, right.kind.structure
    if left.kind.is_scalar and right.kind.is_scalar:
        return None
    match operator:
        case "+" | "-" if right.kind.is_scalar:
            return _moved(a)
        case "+" if left.kind.is_scalar:
            return _moved(b)
        case "+" if a and b:
            return _sum(a, b)
        case "+" if _averages_simplexes([*_terms(left), *_terms(right)]):
            return Structure.SIMPLEX
        case "*" if left.kind.is_scalar:
            return _scaled(right, left)
        case "*" if right.kind.is_scalar:
            return _scaled(left, right)
        case "/" if right.kind.is_scalar:
            return Structure.SIMPLEX if _normalized(left, right) else _scaled(left, right)
        case "*" if a and b:
            return _product(left, right)
    return None


def _terms(e: Expr) -> list[Expr | None]:
    return [term if sign > 0 else None for sign, term in summands(e)]


def _averages_simplexes(terms: list[Expr | None]) -> bool:
    """Whether it is `t * p + (1 - t) * q` with simplexes p and q: the weights add up to 1."""
    weights: list[Expr] = []
    for term in terms:
        if not isinstance(term, Apply) or term.function != "*":
            return False
        weight, simplex = sorted(term.arguments, key=lambda a: len(a.kind.shape))
        kind = simplex.kind.structure
        if not weight.kind.is_scalar or not weight.kind.support.within(NONNEGATIVE):
            return False
        if kind is None or not kind.is_a(Structure.SIMPLEX):
            return False
        weights.append(weight)
    return add_up_to_one(weights)


def _is_log_share(x: Expr, *others: Expr) -> bool:
    """Whether it is `x - logsumexp(x)`."""
    if others or not isinstance(x, Apply) or x.function != "-":
        return False
    logits, total = x.arguments
    return _reduces(total, "logsumexp", logits)


def _moved(structure: Structure | None) -> Structure | None:
    ordered = structure is not None and structure.is_a(Structure.ORDERED)
    return Structure.ORDERED if ordered else None


def _sum(a: Structure, b: Structure) -> Structure | None:
    if a is b is _DIAGONAL:
        return _DIAGONAL
    if not (a.is_a(_SEMIDEFINITE) and b.is_a(_SEMIDEFINITE)):
        return None
    return _COV if a.is_a(_COV) or b.is_a(_COV) else _SEMIDEFINITE


def _scaled(value: Expr, factor: Expr) -> Structure | None:
    structure = value.kind.structure
    if structure is None:
        return None
    if factor.kind.support.within(POSITIVE):
        return _SCALED.get(structure)
    nonnegative = factor.kind.support.within(NONNEGATIVE)
    return _SEMIDEFINITE if nonnegative and structure.is_a(_SEMIDEFINITE) else None


def _product(left: Expr, right: Expr) -> Structure | None:
    """Schur's product theorem; with Oppenheim's inequality where one factor may be singular."""
    a, b = left.kind.structure, right.kind.structure
    assert a is not None and b is not None
    if not (a.is_a(_SEMIDEFINITE) and b.is_a(_SEMIDEFINITE)):
        return None
    definite = (
        (a.is_a(_COV) and b.is_a(_COV))
        or (a.is_a(_COV) and right.kind.support.within(POSITIVE))
        or (b.is_a(_COV) and left.kind.support.within(POSITIVE))
    )
    if not definite:
        return _SEMIDEFINITE
    return _DIAGONAL if _DIAGONAL in (a, b) else _COV


def _normalized(left: Expr, right: Expr) -> bool:
    """Whether it is `x / sum(x)` of a vector of positive numbers."""
    return left.kind.support.within(POSITIVE) and _reduces(right, "sum", left)


def _reduces(total: Expr, function: str, vector: Expr) -> bool:
    """Whether `total` is a reduction over all elements of a vector."""
    if len(vector.kind.shape) != 1 or not _is_of_all(total, function, vector.kind.shape[0]):
        return False
    assert isinstance(total, Reduce)
    return same(total.body, element_at(vector, total.binder))


def of_family(value: Expr, binders: Sequence[Binder]) -> Structure | None:
    """The structure over the last binder of a family: `p[k in K] = w[k] / sum(w)` is a simplex."""
    if not value.kind.is_scalar or not isinstance(value, Apply) or not binders:
        return None
    part: Expr | None = None
    total: Expr | None = None
    match value.function, value.arguments:
        case "/", (part, total) if part.kind.support.within(POSITIVE):
            wanted = "sum"
        case "exp", (Apply(function="-", arguments=(part, total)),):
            wanted = "logsumexp"
        case _:
            return None
    own = binders[-1]
    if own.scan or own.start or not _is_of_all(total, wanted, own.index_set):
        return None
    assert isinstance(total, Reduce)
    place = place_in(part, total.body, total.binder)
    at_own = isinstance(place, Position) and (place.binder, place.offset) == (own, 0)
    return Structure.SIMPLEX if at_own else None


def _is_of_all(total: Expr, function: str, index_set: str) -> bool:
    """Whether it is a reduction over all elements of an index set."""
    return (
        isinstance(total, Reduce)
        and total.function == function
        and total.where is None
        and total.binder.start == 0
        and total.binder.index_set == index_set
    )


def matrix_product(left: Expr, right: Expr) -> Structure | None:
    """The structure of `left @ right`."""
    a, b = left.kind.structure, right.kind.structure
    if b is _DIAGONAL and (inner := _between(left, right)) is not None:
        return inner
    if a is None or b is None:
        return None
    if a.is_a(Structure.SIMPLEX) and b.is_a(Structure.SIMPLEX):
        # One simplex, or one for each row, moved by a matrix with a simplex in each row.
        return Structure.SIMPLEX if len(right.kind.shape) == 2 else None
    if a is b is _DIAGONAL:
        return _DIAGONAL
    return _TRIL if a.is_a(_TRIL) and b.is_a(_TRIL) else None


def _between(left: Expr, scale: Expr) -> Structure | None:
    """The structure of `diag(s) @ A @ diag(s)`: a covariance matrix with its scales."""
    if not isinstance(left, Apply) or left.function != "matmul":
        return None
    first, inner = left.arguments
    structure = inner.kind.structure
    if structure is None or not same(first, scale):
        return None
    if structure.is_a(_COV):
        return _COV
    return _SEMIDEFINITE if structure.is_a(_SEMIDEFINITE) else None
