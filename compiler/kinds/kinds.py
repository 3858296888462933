"""What a value is: its numbers, its index sets, its structure.

Supports form a lattice of intervals of reals or integers; the arithmetic of intervals tells what
a function keeps of them. Index sets are nominal: two of equal size are different.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum

inf = math.inf


@dataclass(frozen=True, slots=True)
class Interval:
    """A set of numbers from `lower` to `upper`; an open end is not reached (almost surely)."""

    lower: float = -inf
    upper: float = inf
    lower_open: bool = True
    upper_open: bool = True
    integer: bool = False

    def within(self, other: Interval) -> bool:
        """Whether every number of this set is in `other`."""
        return (
            (self.lower > other.lower or (self.lower == other.lower and self._fits_lower(other)))
            and (
                self.upper < other.upper or (self.upper == other.upper and self._fits_upper(other))
            )
            and (self.integer or not other.integer)
        )

    def _fits_lower(self, other: Interval) -> bool:
        return self.lower_open or not other.lower_open

    def _fits_upper(self, other: Interval) -> bool:
        return self.upper_open or not other.upper_open

    def join(self, other: Interval) -> Interval:
        """The smallest interval that contains both."""
        lower, lower_open = min((self.lower, self.lower_open), (other.lower, other.lower_open))
        # At equal ends the closed one is the larger set.
        if self.lower == other.lower:
            lower_open = self.lower_open and other.lower_open
        upper, upper_open = max((self.upper, self.upper_open), (other.upper, other.upper_open))
        if self.upper == other.upper:
            upper_open = self.upper_open and other.upper_open
        return Interval(lower, upper, lower_open, upper_open, self.integer and other.integer)

    def __contains__(self, number: float) -> bool:
        at_lower = number > self.lower or (number == self.lower and not self.lower_open)
        at_upper = number < self.upper or (number == self.upper and not self.upper_open)
        return at_lower and at_upper and (not self.integer or float(number).is_integer())

    @property
    def words(self) -> tuple[str, str]:
        """What users call one such number, and several of them."""
        named = _INTERVAL_WORDS.get(self)
        if named is not None:
            return named
        if self.lower == self.upper:
            return f"the number {self.lower:g}", f"the number {self.lower:g}"
        one = str(self)
        return one, one.replace("an integer", "integers").replace("a number", "numbers")

    def __str__(self) -> str:
        for name, interval in NAMED.items():
            if self == interval:
                return name
        if self.lower == self.upper:
            return f"the number {self.lower:g}"
        left = "(" if self.lower_open else "["
        right = ")" if self.upper_open else "]"
        lower = "-inf" if self.lower == -inf else f"{self.lower:g}"
        upper = "inf" if self.upper == inf else f"{self.upper:g}"
        number = "an integer" if self.integer else "a number"
        return f"{number} in {left}{lower}, {upper}{right}"


REAL = Interval()
POSITIVE = Interval(lower=0)
NONNEGATIVE = Interval(lower=0, lower_open=False)
UNIT = Interval(0, 1, False, False)
OPEN_UNIT = Interval(0, 1, True, True)
INT = Interval(integer=True)
NAT = Interval(lower=0, lower_open=False, integer=True)
BOOL = Interval(0, 1, False, False, True)
CORRELATION = Interval(-1, 1, False, False)

#: The types of the language that are sets of numbers, by name.
NAMED = {
    "real": REAL,
    "positive": POSITIVE,
    "nonnegative": NONNEGATIVE,
    "unit": UNIT,
    "int": INT,
    "nat": NAT,
    "bool": BOOL,
}

_INTERVAL_WORDS = {
    REAL: ("a real number", "real numbers"),
    POSITIVE: ("a positive number", "positive numbers"),
    NONNEGATIVE: ("a number that is not negative", "numbers that are not negative"),
    UNIT: ("a number between 0 and 1", "numbers between 0 and 1"),
    OPEN_UNIT: ("a number between 0 and 1", "numbers between 0 and 1"),
    INT: ("an integer", "integers"),
    NAT: ("a count (0, 1, 2, ...)", "counts (0, 1, 2, ...)"),
    BOOL: ("a condition (true or false)", "conditions (true or false)"),
}


def constant(value: float) -> Interval:
    """The set that holds one number."""
    return Interval(value, value, False, False, float(value).is_integer())


class Structure(StrEnum):
    """What ties the elements of a vector or matrix together; over the last dimension or two."""

    SIMPLEX = "simplex"
    ORDERED = "ordered"
    POSITIVE_ORDERED = "positive_ordered"
    CHOLESKY_CORR = "cholesky_corr"
    CORR = "corr"
    COV = "cov"
    #: lower triangular with a positive diagonal
    SCALE_TRIL = "scale_tril"
    #: diagonal, and that positive: both a covariance matrix and its own factor
    DIAGONAL = "diagonal"
    #: both a simplex and increasing
    ORDERED_SIMPLEX = "ordered_simplex"
    #: symmetric, without negative eigenvalues; it may be singular
    SEMIDEFINITE = "semidefinite"

    @property
    def dimensions(self) -> int:
        """How many trailing dimensions it ties together."""
        return 1 if self.is_a(Structure.SIMPLEX) or self.is_a(Structure.ORDERED) else 2

    @property
    def words(self) -> tuple[str, str]:
        """What users call one of it, and several."""
        return _STRUCTURE_WORDS[self]

    @property
    def element(self) -> Interval:
        """The support of a single element."""
        return _ELEMENTS[self]

    def is_a(self, other: Structure) -> bool:
        """Whether everything of this structure has the other one too."""
        return self is other or other in _INCLUDED_IN.get(self, ())


_INCLUDED_IN: dict[Structure, tuple[Structure, ...]] = {
    Structure.POSITIVE_ORDERED: (Structure.ORDERED,),
    Structure.ORDERED_SIMPLEX: (Structure.SIMPLEX, Structure.ORDERED),
    Structure.CHOLESKY_CORR: (Structure.SCALE_TRIL,),
    Structure.CORR: (Structure.COV, Structure.SEMIDEFINITE),
    Structure.COV: (Structure.SEMIDEFINITE,),
    Structure.DIAGONAL: (Structure.COV, Structure.SCALE_TRIL, Structure.SEMIDEFINITE),
}

#: Those that a declaration may name.
DECLARED_STRUCTURES = (
    Structure.SIMPLEX,
    Structure.ORDERED,
    Structure.POSITIVE_ORDERED,
    Structure.CHOLESKY_CORR,
    Structure.CORR,
    Structure.COV,
)

_STRUCTURE_WORDS = {
    Structure.SIMPLEX: ("a simplex", "simplexes"),
    Structure.ORDERED: ("an increasing vector", "increasing vectors"),
    Structure.POSITIVE_ORDERED: ("an increasing positive vector", "increasing positive vectors"),
    Structure.CHOLESKY_CORR: ("a Cholesky factor", "Cholesky factors"),
    Structure.CORR: ("a correlation matrix", "correlation matrices"),
    Structure.COV: ("a covariance matrix", "covariance matrices"),
    Structure.SCALE_TRIL: ("a Cholesky factor", "Cholesky factors"),
    Structure.DIAGONAL: ("a positive diagonal matrix", "positive diagonal matrices"),
    Structure.ORDERED_SIMPLEX: ("an increasing simplex", "increasing simplexes"),
    Structure.SEMIDEFINITE: ("a matrix that may be singular", "matrices that may be singular"),
}
_ELEMENTS = {
    Structure.SIMPLEX: UNIT,
    Structure.ORDERED: REAL,
    Structure.POSITIVE_ORDERED: POSITIVE,
    Structure.CHOLESKY_CORR: CORRELATION,
    Structure.CORR: CORRELATION,
    Structure.COV: REAL,
    Structure.SCALE_TRIL: REAL,
    Structure.DIAGONAL: NONNEGATIVE,
    Structure.ORDERED_SIMPLEX: UNIT,
    Structure.SEMIDEFINITE: REAL,
}


@dataclass(frozen=True, slots=True)
class Kind:
    """The type of a value.

    `shape` holds the index sets of its dimensions (empty for a number); `values` the index set
    that its elements are positions of, where they are; `net` the network whose several results
    it stands for, which is not a number then.
    """

    support: Interval = REAL
    shape: tuple[str, ...] = ()
    structure: Structure | None = None
    values: str | None = None
    net: str | None = None

    @property
    def is_scalar(self) -> bool:
        """Whether it is a single number."""
        return not self.shape

    def drop(self, count: int) -> Kind:
        """The kind of what is left when the first `count` dimensions are indexed away."""
        left = len(self.shape) - count
        structure = self.structure
        if structure is not None and left < structure.dimensions:
            structure = None
        return replace(self, shape=self.shape[count:], structure=structure)

    def over(self, shape: tuple[str, ...]) -> Kind:
        """The kind of a family of such values over further (outer) index sets."""
        return replace(self, shape=shape + self.shape) if shape else self

    def __str__(self) -> str:
        """In words: `a vector over N of positive numbers`."""
        if self.net is not None:
            return f"the results of `{self.net}`"
        if self.structure is not None:
            inner, outer = self.shape[-self.structure.dimensions :], self.shape
            outer = outer[: -self.structure.dimensions]
            one, many = (f"{words} over {inner[0]}" for words in self.structure.words)
        elif self.values is not None:
            outer = self.shape
            one, many = f"a position in {self.values}", f"positions in {self.values}"
        else:
            outer = self.shape
            one, many = self.support.words
        if not outer:
            return one
        noun = {1: "vector", 2: "matrix"}.get(len(outer), "array")
        return f"a {noun} over {' and '.join(outer)} of {many}"
