"""Blocks and loops."""

from pplc.grammar.diagnostics import Diagnostic, diagnostic


@diagnostic
class StanBlock(Diagnostic):
    """The file is divided into blocks as in Stan; here statements stand at the top of the file.

    Data is marked by the word `data` before each name; latent quantities need no declaration; the
    statements of the model come in any order. What Stan has as `generated quantities` is
    `generate { ... }`.

    Bad:

        model {
          mu ~ Normal(0, 1)
        }

    Good:

        mu ~ Normal(0, 1)
    """

    code = "E168"
    title = "there is no `{name}` block"
    label = "{advice}"

    name: str
    advice: str


@diagnostic
class UnknownBlock(Diagnostic):
    """A brace opens a block that is none of those of the language.

    The blocks are `for n in N { ... }`, `scan t in T { ... }`, `guide { ... }`, `generate { ... }`
    and `fit { ... }`.

    Bad:

        subjects {
          y[n] ~ Normal(0, 1)
        }

    Good:

        for n in N {
          y[n] ~ Normal(0, 1)
        }
    """

    code = "E169"
    title = "this is not the beginning of a block"
    label = "expected `for`, `scan`, `guide`, `generate` or `fit`"
    help = "a block begins like `for n in N {{`"


@diagnostic
class IfStatement(Diagnostic):
    """An `if` or `while` decides which statements count; here all statements always do.

    A model is a set of equations. An `if` chooses between two values within one of them.

    Bad:

        if k == 0 {
          p = a
        }

    Good:

        p = if k == 0 then a else b
    """

    code = "E170"
    title = "`{word}` is no statement: all statements always count"
    label = "no such statement"
    help = "an `if` is a value: `name = if condition then a else b`"

    word: str


@diagnostic
class LoopParentheses(Diagnostic):
    """The head of a loop stands in round brackets; here it needs none.

    Bad:

        for (n in N) {
          y[n] ~ Normal(0, 1)
        }

    Good:

        for n in N {
          y[n] ~ Normal(0, 1)
        }
    """

    code = "E171"
    title = "no brackets around the head of a loop"
    label = "write `{meant}`"

    meant: str


@diagnostic
class LoopRange(Diagnostic):
    """A loop counts through numbers; here it runs over an index set.

    `index N` declares one; its size comes from the data, or stands with it (`index K = 3`).
    Positions count from 0.

    Bad:

        for i in 1:N {
          y[i] ~ Normal(0, 1)
        }

    Good:

        index N
        for i in N {
          y[i] ~ Normal(0, 1)
        }
    """

    code = "E172"
    title = "a loop runs over an index set, not over numbers"
    label = "write `{meant}`"
    help = "{advice}"

    meant: str
    advice: str


@diagnostic
class MissingIn(Diagnostic):
    """The head of a loop does not say what runs over which index set.

    Bad:

        for n N {
          y[n] ~ Normal(0, 1)
        }

    Good:

        for n in N {
          y[n] ~ Normal(0, 1)
        }
    """

    code = "E173"
    title = "a loop begins `{word} n in N`"
    label = "expected `in` and an index set"

    word: str


@diagnostic
class SeveralBinders(Diagnostic):
    """A loop runs over two index sets at once; nest two loops instead.

    Bad:

        for n in N, p in P {
          x[n, p] ~ Normal(0, 1)
        }

    Good:

        for n in N {
          for p in P { x[n, p] ~ Normal(0, 1) }
        }
    """

    code = "E174"
    title = "a loop runs over one index set"
    label = "a second one"
    help = "nest two loops, or write `x[n in N, p in P] ~ ...` without a loop"


@diagnostic
class StartNotNumber(Diagnostic):
    """After `from` stands something other than a whole number.

    `for t in T from 2` starts at position 2, `index V from 1` gives the labels 1, 2, ... Both are
    fixed when the spec is compiled.

    Bad:

        for t in T from lag {
          y[t] ~ Normal(0, 1)
        }

    Good:

        for t in T from 2 {
          y[t] ~ Normal(0, 1)
        }
    """

    code = "E175"
    title = "`from` needs a whole number"
    label = "not a whole number of at most 9 digits"


@diagnostic
class MissingBlock(Diagnostic):
    """A loop or block has a head but no statements in braces.

    Indentation means nothing here; the braces say which statements belong to it.

    Bad:

        for n in N:
          y[n] ~ Normal(0, 1)

    Good:

        for n in N {
          y[n] ~ Normal(0, 1)
        }
    """

    code = "E176"
    title = "`{word}` needs its statements in braces"
    label = "expected `{{` at the end of this line"
    help = "write `{{` here and `}}` after the last statement"

    word: str


@diagnostic
class BraceOnNextLine(Diagnostic):
    """An opening brace stands on a line of its own; it belongs at the end of the line before.

    Bad:

        for n in N
        {
          y[n] ~ Normal(0, 1)
        }

    Good:

        for n in N {
          y[n] ~ Normal(0, 1)
        }
    """

    code = "E177"
    title = "`{{` belongs at the end of the line that begins the block"
    label = "move this up"


@diagnostic
class NotAllowedHere(Diagnostic):
    """A statement stands in a block where it cannot be.

    `index`, `data`, `net`, `guide`, `generate` and `fit` belong at the top of the file; `param`
    there or in a guide. A loop or a generate block holds distributions, definitions and loops; a
    guide holds `name ~ family`, definitions and `param`; a fit block holds options.

    Bad:

        for n in N {
          data y[N]: real
        }

    Good:

        data y[N]: real
    """

    code = "E178"
    title = "{what} cannot stand in {where}"
    label = "{advice}"

    what: str
    where: str
    advice: str


@diagnostic
class GuideBinder(Diagnostic):
    """A line of the guide introduces a running index again.

    Indices and loops come from the model. The guide names a family as the model does inside its
    loop: `phi[k]`.

    Bad:

        guide {
          phi[k in K] ~ point
        }

    Good:

        guide {
          phi[k] ~ point
        }
    """

    code = "E179"
    title = "the guide takes its indices from the model"
    label = "write `{meant}`"

    meant: str


@diagnostic
class FitOptionForm(Diagnostic):
    """An option of the fit block is not of the form `name = value`.

    Bad:

        fit {
          steps: 2000
        }

    Good:

        fit {
          steps = 2000
        }
    """

    code = "E180"
    title = "an option is written `name = value`"
    label = "expected `=` and a value"
    help = "for example `steps = 2000`, `particles = 16` or `batch N = 64`"
