"""pplc: Bayesian models from equations and a data file.

    import pplc

    fit = pplc.fit("specs/faithful.ppl")
    print(fit)
    fit.draws["loc"]

A spec is a `pathlib.Path`, or a `str`: one that ends in `.ppl` and has no line break is the path
of a file, any other is the text itself. Mistakes raise `SpecError`.
"""

import os
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pplc.api import Report, check, compile, fit
    from pplc.errors import SpecError
    from pplc.result import Fit

# Read when torch is first imported. Its threads otherwise spin while they wait for each other,
# which on a busy machine slows a fit many times over.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

__all__ = ["Fit", "Report", "SpecError", "__version__", "check", "compile", "fit"]

_HOMES = {
    "Fit": "pplc.result",
    "Report": "pplc.api",
    "SpecError": "pplc.errors",
    "check": "pplc.api",
    "compile": "pplc.api",
    "fit": "pplc.api",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for, so that `import pplc` and the command line start at once."""
    if name == "__version__":
        from importlib.metadata import version

        return version("pplc")
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
