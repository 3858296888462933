"""E6: the guide block, lined up with the model, in files by what does not line up."""

from pplc.grammar.catalogue.guide.families import *
from pplc.grammar.catalogue.guide.plates import *
from pplc.grammar.catalogue.guide.reads import *
from pplc.grammar.catalogue.guide.sites import *
