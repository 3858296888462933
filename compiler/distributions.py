"""The table of distributions: arguments, what each must be, and what a draw is.

Names, argument names and parameterisations are those of `torch.distributions`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from functools import cached_property

from pplc.compiler.kinds.kinds import (
    BOOL,
    CORRELATION,
    INT,
    NAT,
    NONNEGATIVE,
    OPEN_UNIT,
    POSITIVE,
    REAL,
    UNIT,
    Interval,
    Kind,
    Structure,
    inf,
)


class Takes(Enum):
    """What an argument is."""

    #: a number, vector or matrix
    VALUE = auto()
    #: the name of an index set
    INDEX_SET = auto()
    #: another distribution, of numbers
    DISTRIBUTION = auto()
    #: all the arguments that are left, each a distribution
    DISTRIBUTIONS = auto()


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
    takes: Takes = Takes.VALUE

    def accepts(self, kind: Kind) -> bool:
        """Whether a value has the numbers and the structure that the argument must have."""
        if self.structure is not None:
            return kind.structure is not None and kind.structure.is_a(self.structure)
        return kind.support.within(self.support)


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
    #: integers from 0 to the size of the vector argument, both included
    UP_TO_SIZE = auto()
    #: that of the first argument itself
    OF_FIRST = auto()
    #: what the distribution inside has, and 0
    WITH_ZERO = auto()
    #: what all the distributions inside have together
    JOINED = auto()
    #: what the distribution inside has between two bounds, the bounds included
    CUT = auto()


@dataclass(frozen=True)
class Distribution:
    """One distribution. `choices` are arguments of which exactly one is given.

    A vector-valued one has `event` 1, a matrix-valued one 2: a draw has the shape of the vector
    argument, or is over the named index set twice, and is a `structure`. `tails` tells whether it
    has a distribution function, so that it can be truncated and censored; `atoms` whether single
    numbers have positive probability although it is not one of integers; `periodic` whether its
    density is that of any one turn of the circle.
    """

    name: str
    parameters: tuple[Parameter, ...]
    choices: tuple[Parameter, ...] = ()
    support: Interval = REAL
    support_rule: Support = Support.FIXED
    structure: Structure | None = None
    event: int = 0
    tails: bool = True
    atoms: bool = False
    periodic: bool = False

    @cached_property
    def events(self) -> Mapping[str, int]:
        """The dimensions of each argument beyond one number per draw."""
        return {p.name: p.event for p in self.all_parameters}

    @property
    def all_parameters(self) -> tuple[Parameter, ...]:
        """Those that are always given and those that one is chosen from."""
        return (*self.parameters, *self.choices)

    @property
    def finite(self) -> bool:
        """Whether its values can be enumerated."""
        return self.support_rule in (
            Support.POSITIONS,
            Support.UP_TO_SIZE,
            Support.INTEGERS_BETWEEN,
            Support.UP_TO_FIRST,
        ) or (self.support.integer and self.support.upper < inf and self.support.lower > -inf)

    @property
    def signature(self) -> str:
        """How it is written: `Normal(loc, scale)`."""
        words = [
            p.name if p.default is None else f"{p.name}={p.default:g}" for p in self.parameters
        ]
        if self.parameters and self.parameters[-1].takes is Takes.DISTRIBUTIONS:
            words.append("...")
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
_DISTRIBUTION = _P("distribution", takes=Takes.DISTRIBUTION)

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
        tails=False,
    ),
    Distribution("Weibull", (_SCALE, _CONCENTRATION), support=POSITIVE),
    Distribution(
        "Pareto",
        (_SCALE, _P("alpha", POSITIVE)),
        support=POSITIVE,
        support_rule=Support.ABOVE_FIRST,
    ),
    Distribution(
        "VonMises",
        (_LOC, _CONCENTRATION),
        support=Interval(-math.pi, math.pi),
        tails=False,
        periodic=True,
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
        tails=False,
    ),
    Distribution(
        "OrderedLogistic",
        (_P("predictor"), _P("cutpoints", REAL, 1, Structure.ORDERED)),
        support=NAT,
        support_rule=Support.UP_TO_SIZE,
        tails=False,
    ),
    Distribution(
        "Binomial", (_COUNT,), (_PROBS, _LOGITS), support=NAT, support_rule=Support.UP_TO_FIRST
    ),
    Distribution(
        "BetaBinomial",
        (_COUNT, _P("concentration1", POSITIVE), _P("concentration0", POSITIVE)),
        support=NAT,
        support_rule=Support.UP_TO_FIRST,
        tails=False,
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
        support=Interval(0, 1, True, False),
        structure=Structure.SIMPLEX,
        event=1,
        tails=False,
    ),
    Distribution(
        "Multinomial",
        (_COUNT,),
        (_PROB_VECTOR, _LOGIT_VECTOR),
        support=NAT,
        support_rule=Support.UP_TO_FIRST,
        event=1,
        tails=False,
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
        tails=False,
    ),
    Distribution(
        "LKJCholesky",
        (_P("dim", takes=Takes.INDEX_SET), _P("concentration", POSITIVE, default=1)),
        support=CORRELATION,
        structure=Structure.CHOLESKY_CORR,
        event=2,
        tails=False,
    ),
    Distribution("Delta", (_P("v"),), support_rule=Support.OF_FIRST, tails=False, atoms=True),
    Distribution(
        "ZeroInflated",
        (_DISTRIBUTION, _P("gate", UNIT)),
        support=NAT,
        support_rule=Support.WITH_ZERO,
        tails=False,
    ),
    Distribution(
        "Mixture",
        (
            _P("weights", UNIT, 1, Structure.SIMPLEX),
            _P("distribution", takes=Takes.DISTRIBUTIONS),
        ),
        support_rule=Support.JOINED,
        tails=False,
    ),
    Distribution(
        "Censored",
        (_DISTRIBUTION, _P("lower", _EXTENDED, default=-inf), _P("upper", _EXTENDED, default=inf)),
        support_rule=Support.CUT,
        tails=False,
        atoms=True,
    ),
)

DISTRIBUTIONS: dict[str, Distribution] = {d.name: d for d in _ALL}

#: What `truncated(lower, upper)` after a distribution makes of it.
TRUNCATED = Distribution(
    "Truncated",
    (_DISTRIBUTION, _P("lower", _EXTENDED), _P("upper", _EXTENDED)),
    support_rule=Support.CUT,
    tails=False,
)
