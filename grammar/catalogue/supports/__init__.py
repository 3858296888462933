"""E4: types and supports, in files by what has them."""

from pplc.grammar.catalogue.supports.arguments import *
from pplc.grammar.catalogue.supports.sites import *
from pplc.grammar.catalogue.supports.types import *
