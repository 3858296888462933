"""Options of a run."""

from pplc.grammar.diagnostics import Diagnostic, diagnostic


@diagnostic
class UnknownOption(Diagnostic):
    """The `fit` block has an option that does not exist.

    Each option is also a flag of `pplc fit`, which wins over the block.

    Bad:

        fit { samples = 1000 }

    Good:

        fit { draws = 1000 }
    """

    code = "E290"
    title = "a fit has no option `{name}`"
    label = "no such option"
    help = "the options are `seed`, `draws`, `particles`, `steps` and `batch N`"

    name: str


@diagnostic
class OptionValue(Diagnostic):
    """An option of the `fit` block has a value that it cannot have.

    Bad:

        fit { draws = 0.5 }

    Good:

        fit { draws = 500 }
    """

    code = "E291"
    title = "the option `{name}` {problem}"
    label = "cannot be used"
    help = "for example `draws = 1000`, `seed = 1` or `batch N = 64`"

    name: str
    problem: str
