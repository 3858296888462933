"""What arithmetic keeps of the structure of vectors and matrices."""

from __future__ import annotations

from pplc.compiler.elements import element_at
from pplc.compiler.expressions import Expr, Reduce
from pplc.compiler.kinds import NONNEGATIVE, POSITIVE, Structure
from pplc.compiler.literals import same

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


def arithmetic(operator: str, left: Expr, right: Expr) -> Structure | None:
    """The structure of `left operator right`, element by element."""
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
        case "*" if left.kind.is_scalar:
            return _scaled(right, left)
        case "*" if right.kind.is_scalar:
            return _scaled(left, right)
        case "/" if right.kind.is_scalar:
            return Structure.SIMPLEX if _normalized(left, right) else _scaled(left, right)
        case "*" if a and b:
            return _product(left, right)
    return None


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
    return (
        isinstance(right, Reduce)
        and right.function == "sum"
        and right.where is None
        and right.binder.start == 0
        and left.kind.support.within(POSITIVE)
        and left.kind.shape == (right.binder.index_set,)
        and same(right.body, element_at(left, right.binder))
    )


def matrix_product(left: Expr, right: Expr) -> Structure | None:
    """The structure of `left @ right`."""
    a, b = left.kind.structure, right.kind.structure
    if a is None or b is None:
        return None
    if a is b is _DIAGONAL:
        return _DIAGONAL
    return _TRIL if a.is_a(_TRIL) and b.is_a(_TRIL) else None
