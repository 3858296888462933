"""E3: index sets and shapes, in files by where they are."""

from pplc.grammar.catalogue.indices.chains import *
from pplc.grammar.catalogue.indices.reads import *
from pplc.grammar.catalogue.indices.shapes import *
from pplc.grammar.catalogue.indices.targets import *
