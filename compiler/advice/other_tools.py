"""What users of Stan, BUGS, PyMC, NumPyro and R write, and how it is written here.

A template takes the texts of the arguments: `{0}` as it is, `{0:p}` in brackets where it needs
them.
"""

from __future__ import annotations

import re
import string
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_SINGLE = re.compile(r"\w+(\.\d+)?(\[([^\[\]()]|\[[^\[\]()]*\])*\]|\([^()]*\))?")
_PRECISION = "the second argument there is a precision; a scale is a standard deviation"


class _Operand(str):
    """A text that is put in brackets where a template asks for it and the text needs them."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        return f"({self})" if spec == "p" and not _SINGLE.fullmatch(self) else str(self)


@dataclass(frozen=True, slots=True)
class Idiom:
    """How something is written here; `note` says what else to mind."""

    template: str
    note: str = ""

    @property
    def arity(self) -> int:
        """How many arguments the template takes."""
        fields = {name for _, name, _, _ in string.Formatter().parse(self.template) if name}
        return len(fields)

    @property
    def example(self) -> str:
        """The template with placeholders."""
        return self.template.format(*map(_Operand, "abcd"))

    def fill(self, arguments: Sequence[str]) -> str | None:
        """The template with its arguments; None where their number is another."""
        if len(arguments) != self.arity:
            return None
        return self.template.format(*map(_Operand, arguments))


def _idioms(table: Mapping[str, str | tuple[str, str]]) -> dict[str, Idiom]:
    return {name: Idiom(*(t if isinstance(t, tuple) else (t,))) for name, t in table.items()}


_STAN = {
    "std_normal": "Normal(0, 1)",
    "double_exponential": "Laplace({0}, {1})",
    **dict.fromkeys(("inv_gamma", "invgamma", "ig"), "InverseGamma({0}, {1})"),
    "chi_square": "ChiSquared({0})",
    "weibull": "Weibull({1}, {0})",
    "bernoulli_logit": "Bernoulli(logits={0})",
    "binomial_logit": "Binomial({0}, logits={1})",
    "categorical_logit": "Categorical(logits={0})",
    "poisson_log": "Poisson(log_rate={0})",
    "neg_binomial": "NegativeBinomial({0}, 1 / (1 + {1:p}))",
    "neg_binomial_2": "NegativeBinomial({1}, {0:p} / ({0:p} + {1:p}))",
    "neg_binomial_2_log": "NegativeBinomial({1}, logits={0:p} - log({1}))",
    "multi_normal": "MultivariateNormal({0}, {1})",
    "multi_normal_prec": "MultivariateNormal({0}, precision_matrix={1})",
    "multi_normal_cholesky": "MultivariateNormal({0}, scale_tril={1})",
    "normal_id_glm": "Normal({1:p} + dot({0}, {2}), {3})",
    "lkj_corr_cholesky": "LKJCholesky(K, {0})",
    "ordered_logistic": "OrderedLogistic({0}, {1})",
}
_BUGS: dict[str, str | tuple[str, str]] = {
    "dnorm": ("Normal({0}, 1 / sqrt({1}))", _PRECISION),
    "dlnorm": ("LogNormal({0}, 1 / sqrt({1}))", _PRECISION),
    "dt": ("StudentT({2}, {0}, 1 / sqrt({1}))", _PRECISION),
    "dmnorm": "MultivariateNormal({0}, precision_matrix={1})",
    "ddexp": "Laplace({0}, 1 / {1:p})",
    "dlogis": "Logistic({0}, 1 / {1:p})",
    "dunif": "Uniform({0}, {1})",
    "dgamma": "Gamma({0}, {1})",
    "dbeta": "Beta({0}, {1})",
    "dexp": "Exponential({0})",
    "dchisqr": "ChiSquared({0})",
    "dweib": "Weibull({1:p} ^ (-1 / {0:p}), {0})",
    "dpar": "Pareto({1}, {0})",
    "dbern": "Bernoulli({0})",
    "dbin": ("Binomial({1}, {0})", "the number of trials comes first"),
    "dnegbin": "NegativeBinomial({1}, 1 - {0:p})",
    "dpois": "Poisson({0})",
    "dcat": "Categorical({0})",
    "dmulti": "Multinomial({1}, {0})",
    "ddirch": "Dirichlet({0})",
    "ddirich": "Dirichlet({0})",
    "dflat": "Flat()",
}
_PYTHON: dict[str, str | tuple[str, str]] = {
    "gaussian": "Normal({0}, {1})",
    "n": ("Normal({0}, {1})", "its second argument is a standard deviation, not a variance"),
    "halfflat": "Flat(0, inf)",
    "half_student_t": "StudentT({0}, {1}, {2}) truncated(0, inf)",
    "halfstudentt": "StudentT({0}, 0, {1}) truncated(0, inf)",
    "truncatednormal": "Normal({0}, {1}) truncated({2}, {3})",
    "improperuniform": "Flat()",
    **dict.fromkeys(("mvnormal", "mvn", "mvnorm"), "MultivariateNormal({0}, {1})"),
    "multinormal": "MultivariateNormal({0}, {1})",
    "zeroinflatedpoisson": (
        "ZeroInflated(Poisson({1}), {0})",
        "its last argument is the probability of a further 0",
    ),
    "constant": "Delta({0})",
    "chi2": "ChiSquared({0})",
    "logitnormal": ("Normal({0}, {1})", "and `sigmoid` of it is the value between 0 and 1"),
}
#: Functions that draw, in R.
_R: dict[str, str | tuple[str, str]] = {
    "rnorm": "Normal({0}, {1})",
    "rlnorm": "LogNormal({0}, {1})",
    "runif": "Uniform({0}, {1})",
    "rexp": "Exponential({0})",
    "rgamma": "Gamma({0}, {1})",
    "rbeta": "Beta({0}, {1})",
    "rpois": "Poisson({0})",
    "rbinom": "Binomial({0}, {1})",
    "rcauchy": "Cauchy({0}, {1})",
}
#: What Julia's packages make of other distributions.
_JULIA: dict[str, str | tuple[str, str]] = {
    "truncated": "{0} truncated({1}, {2})",
    "filldist": ("Normal(0, 1)", "a family is written on the left: `mu[k in K] ~ ...`"),
}
_SCALES_AND_FACTOR = (
    "a covariance matrix is made of scales and a Cholesky factor:\n"
    "`s[k in K] ~ HalfNormal(1)` and `L ~ LKJCholesky(K, 2)`"
)
_MATRICES: dict[str, str | tuple[str, str]] = {
    **dict.fromkeys(
        ("wishart", "inversewishart", "inv_wishart", "invwishart", "dwish", "inverse_wishart"),
        ("scale_tril=diag(s) @ L", _SCALES_AND_FACTOR),
    ),
    **dict.fromkeys(
        ("lkj_corr", "lkjcorr", "lkj", "lkjcholeskycov"),
        ("LKJCholesky(K, 2)", "it gives the Cholesky factor of a correlation matrix over K"),
    ),
}

#: Distributions, in lower case.
DISTRIBUTIONS = {
    name: idiom
    for table in (_STAN, _BUGS, _PYTHON, _R, _JULIA, _MATRICES)
    for name, idiom in _idioms(table).items()
}

#: Functions.
FUNCTIONS = _idioms(
    {
        **dict.fromkeys(
            ("inv_logit", "ilogit", "expit", "plogis", "logistic", "invlogit"), "sigmoid({0})"
        ),
        "qlogis": "logit({0})",
        "fabs": "abs({0})",
        "ln": "log({0})",
        "log10": "log({0}) / log(10)",
        "log2": "log({0}) / log(2)",
        "pow": "{0:p} ^ {1:p}",
        "power": "{0:p} ^ {1:p}",
        "square": "{0:p} ^ 2",
        "inv": "1 / {0:p}",
        "inverse": "1 / {0:p}",
        "inv_sqrt": "1 / sqrt({0})",
        "log_sum_exp": "logsumexp({0})",
        **dict.fromkeys(
            ("dot_product", "inner", "inprod", "tensordot", "tt_dot", "matmul"), "dot({0}, {1})"
        ),
        "gammaln": "lgamma({0})",
        **dict.fromkeys(("Phi", "pnorm", "normal_cdf", "ncdf"), "phi({0})"),
        **dict.fromkeys(("stddev", "std", "stdev"), "sd({0})"),
        "var": "sd({0}) ^ 2",
        "variance": "sd({0}) ^ 2",
        **dict.fromkeys(("avg", "average"), "mean({0})"),
        **dict.fromkeys(("total", "add"), "sum({0})"),
        "product": "prod({0})",
        **dict.fromkeys(("pmax", "fmax", "maximum"), "max({0}, {1})"),
        **dict.fromkeys(("pmin", "fmin", "minimum"), "min({0}, {1})"),
        "cumulative_sum": "cumsum({0})",
        "rep": "fill({0}, {1})",
        "rep_vector": "fill({0}, {1})",
        **dict.fromkeys(("if", "ifelse", "where", "switch", "cond"), "if {0} then {1} else {2}"),
        "step": "if {0:p} >= 0 then 1 else 0",
        "equals": "{0:p} == {1:p}",
        "ceil": "-floor(-{0:p})",
        "round": "floor({0:p} + 0.5)",
        "to_vector": "{0}",
        "Identity": "eye({0})",
        "diag_matrix": "diag({0})",
        "diag_pre_multiply": "diag({0}) @ {1:p}",
        "diag_post_multiply": "{0:p} @ diag({1})",
        "quad_form_diag": "diag({1}) @ {0:p} @ diag({1})",
        **dict.fromkeys(("inv_cloglog", "icloglog"), "1 - exp(-exp({0}))"),
        "cloglog": "log(-log(1 - {0:p}))",
        "log1m": "log1p(-{0:p})",
        "log1p_exp": "softplus({0})",
        **dict.fromkeys(("lfactorial", "logfact"), "lgamma({0:p} + 1)"),
    }
)

#: Constants and other words that stand for a value.
VALUES = {
    **dict.fromkeys(("PI", "Pi", "M_PI"), "pi"),
    **dict.fromkeys(("Inf", "INF", "Infinity", "infinity"), "inf"),
    **dict.fromkeys(("TRUE", "True", "T"), "true"),
    **dict.fromkeys(("FALSE", "False", "F"), "false"),
    "e": "exp(1)",
}
#: What other tools use for a cell without a value.
MISSING = ("NA", "NaN", "nan", "None", "NULL", "null")

#: Types.
TYPES = {
    **dict.fromkeys(
        ("float", "double", "number", "numeric", "continuous", "vector", "array", "matrix"), "real"
    ),
    **dict.fromkeys(("integer", "long"), "int"),
    **dict.fromkeys(("count", "counts", "natural", "uint"), "nat"),
    **dict.fromkeys(("boolean", "binary", "logical"), "bool"),
    **dict.fromkeys(("probability", "prob", "proportion"), "unit"),
}
#: Types of values that are labels, which an index set has here.
LABEL_TYPES = ("string", "str", "text", "char", "character", "factor", "categorical", "category")

_LOCATION = dict.fromkeys(("mu", "mean", "location", "m"), "loc={0}")
_SCALE = {
    **dict.fromkeys(("sd", "sigma", "std", "stddev", "s"), "scale={0}"),
    **dict.fromkeys(("tau", "prec", "precision"), "scale=1 / sqrt({0})"),
    **dict.fromkeys(("var", "variance", "sigma2", "sigma_sq"), "scale=sqrt({0})"),
}
_SHAPE = dict.fromkeys(("alpha", "shape", "a", "k"), "concentration={0}")
_SHAPE_AND_RATE = {
    **_SHAPE,
    **dict.fromkeys(("beta", "b", "lambda", "lam"), "rate={0}"),
    **dict.fromkeys(("scale", "theta"), "rate=1 / {0:p}"),
}
_PROBABILITY = {
    **dict.fromkeys(("p", "prob", "probability", "theta", "probabilities"), "probs={0}"),
    **dict.fromkeys(("logit", "logit_p", "logodds"), "logits={0}"),
}
_TRIALS = dict.fromkeys(("n", "N", "size", "trials", "num_trials"), "total_count={0}")
_ENDS = {
    **dict.fromkeys(("lower", "min", "a", "lb"), "low={0}"),
    **dict.fromkeys(("upper", "max", "b", "ub"), "high={0}"),
}
_RATE = dict.fromkeys(("lam", "lambda", "mu", "mean", "beta"), "rate={0}")

#: Keyword arguments, by distribution; those of no table of its own are in `OTHER_KEYWORDS`.
KEYWORDS = {
    "Gamma": _SHAPE_AND_RATE,
    "InverseGamma": {**_SHAPE_AND_RATE, "scale": "rate={0}"},
    "Exponential": {
        **dict.fromkeys(("lam", "lambda", "beta"), "rate={0}"),
        **dict.fromkeys(("scale", "mean", "mu"), "rate=1 / {0:p}"),
    },
    "Poisson": {**_RATE, "log_lambda": "log_rate={0}", "eta": "log_rate={0}"},
    "Beta": {
        **dict.fromkeys(("alpha", "a", "shape1"), "concentration1={0}"),
        **dict.fromkeys(("beta", "b", "shape2"), "concentration0={0}"),
    },
    "Weibull": {**_SHAPE, "beta": "scale={0}", "lambda": "scale={0}"},
    "Pareto": {"m": "scale={0}", "xm": "scale={0}", "shape": "alpha={0}"},
    "Cauchy": {"alpha": "loc={0}", "beta": "scale={0}"},
    "HalfCauchy": {"beta": "scale={0}"},
    "Laplace": {"b": "scale={0}"},
    "Gumbel": {"beta": "scale={0}"},
    "VonMises": {"kappa": "concentration={0}"},
    "Dirichlet": dict.fromkeys(("alpha", "a", "concentrations"), "concentration={0}"),
    "Uniform": _ENDS,
    "DiscreteUniform": _ENDS,
    "MultivariateNormal": {
        **dict.fromkeys(("cov", "covariance", "Sigma", "sigma"), "covariance_matrix={0}"),
        **dict.fromkeys(("tau", "precision", "Omega", "Q"), "precision_matrix={0}"),
        **dict.fromkeys(("chol", "cholesky", "L"), "scale_tril={0}"),
    },
}
OTHER_KEYWORDS = {
    **_LOCATION,
    **_SCALE,
    **_PROBABILITY,
    **_TRIALS,
    **dict.fromkeys(("nu", "dof", "degrees_of_freedom"), "df={0}"),
}
#: Keyword arguments for which there is a construct of the language.
CONSTRUCTS = {
    **dict.fromkeys(
        ("shape", "dims", "size", "plate", "plates", "sample_shape", "event_shape"),
        "a family of them is written on the left: `{name}[k in K] ~ ...`",
    ),
    **dict.fromkeys(
        ("observed", "obs", "data", "value"),
        "a random variable is observed where its name is declared as `data`",
    ),
    **dict.fromkeys(
        ("lower", "upper", "low", "high"),
        "a truncation is written behind it: `... truncated(0, inf)`",
    ),
    **dict.fromkeys(
        ("name", "dtype", "device", "validate_args", "testval", "initval", "rng"),
        "leave it out",
    ),
}


def keyword(distribution: str, written: str, value: str) -> str | None:
    """`sd=2` of another tool as it is written here, `scale=2`; None where it is not known."""
    own = KEYWORDS.get(distribution, {})
    template = own.get(written) or OTHER_KEYWORDS.get(written)
    return Idiom(template).fill([value]) if template else None
