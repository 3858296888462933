"""How each function of the language is written in torch."""

from __future__ import annotations

#: Elementwise functions of one tensor `x`.
UNARY = {
    "exp": "x.exp()",
    "log": "x.log()",
    "log1p": "x.log1p()",
    "expm1": "x.expm1()",
    "sqrt": "x.sqrt()",
    "abs": "x.abs()",
    "sigmoid": "x.sigmoid()",
    "logit": "x.logit()",
    "softplus": "softplus(x)",
    "tanh": "x.tanh()",
    "sin": "x.sin()",
    "cos": "x.cos()",
    "floor": "x.floor()",
    "lgamma": "x.lgamma()",
    "erf": "x.erf()",
    "phi": "torch.special.ndtr(x)",
    "negate": "-x",
}

#: Elementwise functions of two numbers or tensors.
BINARY = {
    "+": "x + y",
    "-": "x - y",
    "*": "x * y",
    "/": "x / y",
    "^": "x ** y",
    "==": "x == y",
    "!=": "x != y",
    "<": "x < y",
    "<=": "x <= y",
    ">": "x > y",
    ">=": "x >= y",
    "and": "x & y",
    "or": "x | y",
    "min": "torch.minimum(x, y)",
    "max": "torch.maximum(x, y)",
}

#: Those whose results are conditions (tensors of bool).
CONDITIONS = {"==", "!=", "<", "<=", ">", ">=", "and", "or", "not"}

#: Binary functions that torch does not have for two Python numbers.
TENSORS_ONLY = CONDITIONS | {"min", "max"}

#: Reductions over one axis.
REDUCTIONS = {
    "sum": "x.sum(axis)",
    "mean": "x.mean(axis)",
    "prod": "x.prod(axis)",
    "max": "x.amax(axis)",
    "min": "x.amin(axis)",
    "logsumexp": "log_sum(x, axis)",
    "sd": "sd(x, axis)",
}

#: What a reduction takes in place of an element that `where` leaves out.
NEUTRAL = {
    "sum": 0.0,
    "prod": 1.0,
    "max": float("-inf"),
    "min": float("inf"),
    "logsumexp": float("-inf"),
}
