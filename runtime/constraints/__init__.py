"""Unconstrained space and back.

A constraint is called with u `[S, ...]` and returns the value and the log Jacobian determinant of
the map, `[S]`, summed over all but the leading dimension. The maps are those of the Stan
Reference Manual, chapter "Constraint Transforms"; each works from the logarithms of what it
multiplies, so that neither value nor Jacobian is lost where a factor underflows, and the value
stays strictly inside the support however extreme u is.
"""

from pplc.runtime.constraints.base import Bound, Constraint
from pplc.runtime.constraints.cells import completed, later, spread
from pplc.runtime.constraints.increasing import (
    ordered,
    ordered_above,
    ordered_below,
    ordered_between,
    positive_ordered,
)
from pplc.runtime.constraints.matrices import cholesky_corr, corr, cov
from pplc.runtime.constraints.numbers import (
    centred,
    interval,
    log_centred,
    lower_bounded,
    positive,
    real,
    unit,
    upper_bounded,
)
from pplc.runtime.constraints.simplex import simplex

__all__ = [
    "Bound",
    "Constraint",
    "centred",
    "cholesky_corr",
    "completed",
    "corr",
    "cov",
    "interval",
    "later",
    "log_centred",
    "lower_bounded",
    "ordered",
    "ordered_above",
    "ordered_below",
    "ordered_between",
    "positive",
    "positive_ordered",
    "real",
    "simplex",
    "spread",
    "unit",
    "upper_bounded",
]
