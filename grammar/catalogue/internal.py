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
