"""What can be wrong with data, a run or its output: the R8 problems, as values.

A problem is its code and its facts. The words a user reads are the class of the same code in the
front door's catalogue, whose fields are those of the class here; `str` of a problem is the plain
form that a program sees which uses the runtime alone.
"""

from pplc.runtime.problems.cells import *
from pplc.runtime.problems.files import *
from pplc.runtime.problems.problem import *
from pplc.runtime.problems.runs import *
from pplc.runtime.problems.structure import *
