"""How each function of the language is written in torch."""

from __future__ import annotations

#: Elementwise functions of one tensor `x`.
UNARY = {
    "exp": "x.exp()",
    "log": "x.log()",
    "log1p": "x.log1p()",
    "expm1": "x.expm1()",
    "sqrt": "x.sqrt()",
    "abs": "absolute(x)",
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

#: Binary functions that torch does not have for Python numbers, not even for one.
TENSORS_ONLY = {"and", "or", "min", "max"}

#: Functions of whole vectors and matrices `x` and `y`, of which the last dimensions are theirs.
VECTOR = {
    "cholesky": "cholesky(x)",
    "cumsum": "x.cumsum(-1)",
    "diag": "x.diag_embed()",
    "outer": "x[..., :, None] * y[..., None, :]",
    "softmax": "x.softmax(-1)",
    "solve": "torch.linalg.solve(x, y)",
}

#: The same where the result is a vector: the diagonal of a matrix, the solution for one side.
VECTOR_OF_ONE_DIMENSION = {
    "diag": "x.diagonal(dim1=-2, dim2=-1)",
    "solve": "torch.linalg.solve(x, y[..., None])[..., 0]",
}

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

#: Reductions by segment: over the elements that belong to each of `n` segments.
SEGMENTS = {
    "sum": "segment_sum(x, segments, n, axis)",
    "prod": "segment_prod(x, segments, n, axis)",
    "max": "segment_max(x, segments, n, axis)",
    "min": "segment_min(x, segments, n, axis)",
    "logsumexp": "segment_log_sum(x, segments, n, axis)",
    "sd": "segment_sd(x, segments, n, axis)",
}

#: What a reduction takes in place of an element that `where` leaves out.
NEUTRAL = {
    "sum": 0.0,
    "prod": 1.0,
    "max": float("-inf"),
    "min": float("inf"),
    "logsumexp": float("-inf"),
}
