"""E1: syntax."""

from pplc.grammar.diagnostics import Diagnostic, diagnostic


@diagnostic
class UnexpectedToken(Diagnostic):
    """."""

    code = "E100"
    title = "UnexpectedToken"

    found: str
    expected: str


@diagnostic
class EmptySpec(Diagnostic):
    """."""

    code = "E101"
    title = "EmptySpec"


@diagnostic
class NestedTooDeep(Diagnostic):
    """."""

    code = "E102"
    title = "NestedTooDeep"

    limit: int


@diagnostic
class TwoStatements(Diagnostic):
    """."""

    code = "E103"
    title = "TwoStatements"


@diagnostic
class BracesInExpression(Diagnostic):
    """."""

    code = "E104"
    title = "BracesInExpression"


@diagnostic
class UnopenedBracket(Diagnostic):
    """."""

    code = "E105"
    title = "UnopenedBracket"

    bracket: str


@diagnostic
class WrongBracket(Diagnostic):
    """."""

    code = "E106"
    title = "WrongBracket"

    found: str
    expected: str


@diagnostic
class UnclosedBracket(Diagnostic):
    """."""

    code = "E107"
    title = "UnclosedBracket"

    bracket: str
    missing: str


@diagnostic
class BraceOnNextLine(Diagnostic):
    """."""

    code = "E108"
    title = "BraceOnNextLine"


@diagnostic
class UnopenedBlock(Diagnostic):
    """."""

    code = "E109"
    title = "UnopenedBlock"


@diagnostic
class UnclosedBlock(Diagnostic):
    """."""

    code = "E110"
    title = "UnclosedBlock"


@diagnostic
class BlockWithoutHeader(Diagnostic):
    """."""

    code = "E111"
    title = "BlockWithoutHeader"
