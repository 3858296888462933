"""X9: mistakes of pplc's own."""

from pplc.grammar.diagnostics import Diagnostic, diagnostic


@diagnostic
class Unexpected(Diagnostic):
    """pplc itself failed. Nothing is wrong with what you did.

    Whatever a spec or its data say, pplc answers with a message that names the place. That did
    not happen here, so the program has a mistake. Please report it together with the spec and the
    version (`pplc --version`). Setting `PPLC_DEBUG=1` shows where in pplc it happened; the report
    is more useful with that text in it.

    There is nothing to mend in the spec. Until the mistake is found, leaving out the statement
    that was written last often gets around it.

    Bad:

        pplc fit model.ppl                    # ends with error[X901]

    Good:

        PPLC_DEBUG=1 pplc fit model.ppl       # shows where, for the report
    """

    code = "X901"
    title = "this is a bug in pplc: {found}"
    help = (
        "please report it, with the spec, to the issue tracker of the pplc project;\n"
        "run it again with `PPLC_DEBUG=1` to add where in pplc it happened"
    )

    found: str


@diagnostic
class WrongDensity(Diagnostic):
    """What pplc compiled is not what the spec says. Nothing is wrong with what you did.

    `pplc check --verify` makes the index sets so small that all values of the discrete latents can
    be gone through one by one, and compares what comes out with what the compiled module computes.
    Here the two differ, so pplc has summed the discrete latents out in a wrong way. Do not trust a
    fit of this spec. Please report it together with the spec and the version (`pplc --version`).

    Bad:

        pplc check --verify model.ppl         # ends with error[X902]

    Good:

        pplc check --verify model.ppl         # says that no difference was found
    """

    code = "X902"
    title = "this is a bug in pplc: the compiled {what} is off by {difference}"
    label = "differs from the sum over all values"
    help = "please report it, with the spec, to the issue tracker of the pplc project"

    what: str
    difference: str
