"""E1: syntax, in files by what the mistake is in."""

from pplc.grammar.catalogue.syntax.blocks import *
from pplc.grammar.catalogue.syntax.brackets import *
from pplc.grammar.catalogue.syntax.declarations import *
from pplc.grammar.catalogue.syntax.expressions import *
from pplc.grammar.catalogue.syntax.signs import *
from pplc.grammar.catalogue.syntax.statements import *
from pplc.grammar.catalogue.syntax.whole import *
from pplc.grammar.catalogue.syntax.words import *
