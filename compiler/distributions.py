"""The table of distributions: arguments, what each must be, and what a draw is.

Names, argument names and parameterisations are those of `torch.distributions`.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from pplc.compiler.kinds import (
    BOOL,
    INT,
    NAT,
    NONNEGATIVE,
    OPEN_UNIT,
    POSITIVE,
    REAL,
    UNIT,
    Interval,
    Structure,
    inf,
)


@dataclass(frozen=True, slots=True)
class Parameter:
    """An argument: the numbers it takes, and its dimensions beyond one number per site.

    `event` is 0 for a number, 1 for a vector, 2 for a matrix. `structure` is what the vector or
    matrix must be; `default` is used where the argument is left out.
    """

    name: str
    support: Interval = REAL
    event: int = 0
    structure: Structure | None = None
    default: float | None = None


class Support(Enum):
    """How the support of a draw follows from the arguments, where it is not a fixed interval."""

    FIXED = auto()
    #: from the first argument to the second, both ends excluded
    BETWEEN = auto()
    #: from the first argument to the second, integers, both included
    INTEGERS_BETWEEN = auto()
    #: from 0 to the first argument, integers, both included
    UP_TO_FIRST = auto()
    #: from the first argument upwards
    ABOVE_FIRST = auto()
    #: the positions of the index set that the vector argument is over
    POSITIONS = auto()


@dataclass(frozen=True, slots=True)
class Distribution:
    """One distribution. `choices` are groups of arguments of which exactly one is given.

    A vector-valued one has `event` 1: a draw has the shape of the first argument and is a
    `structure`.
    """

    name: str
    parameters: tuple[Parameter, ...]
    choices: tuple[Parameter, ...] = ()
    support: Interval = REAL
    support_rule: Support = Support.FIXED
    structure: Structure | None = None
    event: int = 0

    @property
    def discrete(self) -> bool:
        """Whether a draw is an integer."""
        return self.support.integer

    @property
    def finite(self) -> bool:
        """Whether its values can be enumerated."""
        return self.support_rule in (
            Support.POSITIONS,
            Support.INTEGERS_BETWEEN,
            Support.UP_TO_FIRST,
        ) or (self.support.integer and self.support.upper < inf and self.support.lower > -inf)

    @property
    def signature(self) -> str:
        """How it is written: `Normal(loc, scale)`."""
        words = [
            p.name if p.default is None else f"{p.name}={p.default:g}" for p in self.parameters
        ]
        if self.choices:
            words.append(" | ".join(f"{p.name}=" for p in self.choices))
        return f"{self.name}({', '.join(words)})"


_P = Parameter
#: The reals with both infinities, for bounds.
_EXTENDED = Interval(-inf, inf, False, False)
_LOC, _SCALE = _P("loc"), _P("scale", POSITIVE)
_DF = _P("df", POSITIVE)
_PROBS, _LOGITS = _P("probs", UNIT), _P("logits")
_PROB_VECTOR = _P("probs", UNIT, 1, Structure.SIMPLEX)
_LOGIT_VECTOR = _P("logits", REAL, 1)
_CONCENTRATION = _P("concentration", POSITIVE)
_RATE = _P("rate", POSITIVE)
_COUNT = _P("total_count", NAT)
_AT_LEAST_ONE = Interval(1, inf, False, True)

_ALL = (
    Distribution("Normal", (_LOC, _SCALE)),
    Distribution("LogNormal", (_LOC, _SCALE), support=POSITIVE),
    Distribution("StudentT", (_DF, _P("loc", default=0), _P("scale", POSITIVE, default=1))),
    Distribution("Cauchy", (_LOC, _SCALE)),
    Distribution("HalfNormal", (_SCALE,), support=POSITIVE),
    Distribution("HalfCauchy", (_SCALE,), support=POSITIVE),
    Distribution("FoldedNormal", (_LOC, _SCALE), support=POSITIVE),
    Distribution("Laplace", (_LOC, _SCALE)),
    Distribution("Logistic", (_LOC, _SCALE)),
    Distribution("Exponential", (_RATE,), support=POSITIVE),
    Distribution("Gamma", (_CONCENTRATION, _RATE), support=POSITIVE),
    Distribution("InverseGamma", (_CONCENTRATION, _RATE), support=POSITIVE),
    Distribution(
        "Beta",
        (_P("concentration1", POSITIVE), _P("concentration0", POSITIVE)),
        support=OPEN_UNIT,
    ),
    Distribution("Uniform", (_P("low"), _P("high")), support_rule=Support.BETWEEN),
    Distribution(
        "Flat",
        (_P("lower", _EXTENDED, default=-inf), _P("upper", _EXTENDED, default=inf)),
        support_rule=Support.BETWEEN,
    ),
    Distribution("Weibull", (_SCALE, _CONCENTRATION), support=POSITIVE),
    Distribution(
        "Pareto",
        (_SCALE, _P("alpha", POSITIVE)),
        support=POSITIVE,
        support_rule=Support.ABOVE_FIRST,
    ),
    Distribution(
        "VonMises", (_LOC, _CONCENTRATION), support=Interval(-3.141592653589793, 3.141592653589793)
    ),
    Distribution("Gumbel", (_LOC, _SCALE)),
    Distribution("ChiSquared", (_DF,), support=POSITIVE),
    Distribution("Bernoulli", (), (_PROBS, _LOGITS), support=BOOL),
    Distribution(
        "Categorical",
        (),
        (_PROB_VECTOR, _LOGIT_VECTOR),
        support=NAT,
        support_rule=Support.POSITIONS,
    ),
    Distribution(
        "Binomial", (_COUNT,), (_PROBS, _LOGITS), support=NAT, support_rule=Support.UP_TO_FIRST
    ),
    Distribution(
        "BetaBinomial",
        (_COUNT, _P("concentration1", POSITIVE), _P("concentration0", POSITIVE)),
        support=NAT,
        support_rule=Support.UP_TO_FIRST,
    ),
    Distribution("Poisson", (), (_P("rate", NONNEGATIVE), _P("log_rate")), support=NAT),
    Distribution(
        "NegativeBinomial", (_P("total_count", POSITIVE),), (_PROBS, _LOGITS), support=NAT
    ),
    Distribution("Geometric", (), (_PROBS, _LOGITS), support=NAT),
    Distribution(
        "DiscreteUniform",
        (_P("low", INT), _P("high", INT)),
        support=INT,
        support_rule=Support.INTEGERS_BETWEEN,
    ),
    Distribution(
        "Dirichlet",
        (_P("concentration", POSITIVE, 1),),
        support=UNIT,
        structure=Structure.SIMPLEX,
        event=1,
    ),
    Distribution(
        "MultivariateNormal",
        (_P("loc", REAL, 1),),
        (
            _P("covariance_matrix", REAL, 2, Structure.COV),
            _P("precision_matrix", REAL, 2, Structure.COV),
            _P("scale_tril", REAL, 2, Structure.SCALE_TRIL),
        ),
        event=1,
    ),
)

DISTRIBUTIONS: dict[str, Distribution] = {d.name: d for d in _ALL}
