"""Names in generated code: what it calls, and what no name of a spec may be there."""

from __future__ import annotations

from pplc.compiler.distributions import DISTRIBUTIONS, TRUNCATED

_FUNCTIONS = (
    "absolute",
    "cholesky",
    "exp_quad",
    "histogram",
    "late",
    "masked_sd",
    "occurrences",
    "sd",
    "segment_log_sum",
    "segment_max",
    "segment_min",
    "segment_prod",
    "segment_sd",
    "segment_sum",
    "softplus",
    "sort_rows",
    "take",
)

#: Where the functions that generated code calls live in the runtime.
RUNTIME = {
    "chains": ("chain_best", "chain_draw", "chain_max", "chain_sum"),
    "contraction": ("choose", "draw", "largest", "log_sum", "normalised"),
    "guides": ("low_rank_log_density", "reparameterised"),
    "distributions": tuple(sorted((*DISTRIBUTIONS, TRUNCATED.name))),
    "functions": _FUNCTIONS,
    "marginals": ("marginals",),
    "nets": ("initial_layer", "joined", "linear", "strictly_positive"),
    "second_order": tuple(f"second_order_{k}" for k in ("best", "draw", "max", "sum")),
    "sequences": ("join", "preceded"),
}

#: Names that generated code uses for itself.
OWN = {
    *("torch", "constraints", "METADATA", "S", "D", "data", "latents", "params", "particles"),
    *("log_f", "log_p", "log_q", "log_jacobian", "log_density", "log_scale", "lower", "phi"),
    *("u", "eps", "noise", "density", "densities", "parts", "sizes", "joint", "draws"),
    *("delta", "deltas", "given", "above", "centre", "centring", "terms", "nesting"),
    *("initial_centring", "filled", "increasing", "occurrences"),
    *("probabilities", "prepare", "unconstrained_shapes", "constrain", "unconstrain"),
    *("initial_params", "constrain_params", "unconstrain_params"),
    *("factors", "contract", "model", "guide_shapes", "noise_shapes", "guide", "prior"),
    *("law", "factor", "reparameterised", "low_rank_log_density", "joint"),
    *("recover", "generate", "most_probable"),
    *(name for names in RUNTIME.values() for name in names),
}

#: How names begin that generated code makes of the index sets and sites of a spec.
OWN_BEGINNINGS = ("length_of_", "cells_of_")
