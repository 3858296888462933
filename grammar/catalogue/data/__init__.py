"""R8: data, and the files that a run reads and writes.

The runtime reports these as values without words (`pplc.runtime.problems`, a class of the same
name and fields for each code); the front door gives them their words here.
"""

from pplc.grammar.catalogue.data.cells import *
from pplc.grammar.catalogue.data.files import *
from pplc.grammar.catalogue.data.runs import *
from pplc.grammar.catalogue.data.structure import *
