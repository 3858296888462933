"""E2: names, and the arguments of distributions and functions, in files by what is named."""

from pplc.grammar.catalogue.names.distributions import *
from pplc.grammar.catalogue.names.functions import *
from pplc.grammar.catalogue.names.meanings import *
from pplc.grammar.catalogue.names.options import *
