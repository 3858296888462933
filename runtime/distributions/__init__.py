"""The distributions of the language: names and parameters are those of torch.distributions."""

from pplc.runtime.distributions.base import Distribution
from pplc.runtime.distributions.categories import Categorical
from pplc.runtime.distributions.positive import HalfNormal
from pplc.runtime.distributions.real import Normal
from pplc.runtime.distributions.vectors import Dirichlet

__all__ = ["Categorical", "Dirichlet", "Distribution", "HalfNormal", "Normal"]
