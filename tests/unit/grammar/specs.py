"""Text to read and write specs in tests."""

from pathlib import Path

from pplc.grammar import nodes
from pplc.grammar.parse import parse
from pplc.grammar.source import Source

TESTS = Path(__file__).parents[2]
GOOD = sorted([*TESTS.glob("good/*.ppl"), *TESTS.parent.glob("specs/examples/*.ppl")])


def read(text: str) -> nodes.Spec:
    """The tree of a spec that must have no syntax errors."""
    result = parse(Source("test.ppl", text))
    assert result.diagnostics == ()
    assert result.value is not None
    return result.value


def statement(text: str) -> nodes.Node:
    """The only statement of a spec."""
    (only,) = read(text).statements
    return only


def expression(text: str) -> nodes.Node:
    """The value of a definition."""
    return statement(f"value = {text}").value


def codes(text: str) -> list[str]:
    """The codes of the diagnostics of a spec, in order."""
    return [diagnostic.code for diagnostic in parse(Source("test.ppl", text)).diagnostics]


def places(text: str) -> list[tuple[str, str]]:
    """The codes of the diagnostics of a spec, each with the text that it points at."""
    source = Source("test.ppl", text)
    found = parse(source).diagnostics
    return [(diagnostic.code, source.slice(diagnostic.span)) for diagnostic in found]


def written(node: object) -> str:
    """An expression with all its brackets: what the parser took it for."""
    match node:
        case nodes.Number(text=text) | nodes.Name(id=text):
            return text
        case nodes.Boolean(value=value):
            return str(value).lower()
        case nodes.Binary(operator=operator, left=left, right=right):
            return f"({written(left)} {operator} {written(right)})"
        case nodes.Unary(operator=operator, operand=operand):
            return f"({operator} {written(operand)})"
        case nodes.Index(base=base, indices=indices):
            return f"{written(base)}[{', '.join(map(written, indices))}]"
        case nodes.FieldAccess(base=base, name=name):
            return f"{written(base)}.{name}"
        case nodes.ListLiteral(items=items):
            return f"[{', '.join(map(written, items))}]"
        case nodes.Call(function=function, arguments=arguments):
            return f"{function}({', '.join(map(written, arguments))})"
        case nodes.Argument(name=name, value=value):
            return written(value) if name is None else f"{name}={written(value)}"
        case nodes.Conditional(condition=condition, then=then, otherwise=otherwise):
            return f"(if {written(condition)} then {written(then)} else {written(otherwise)})"
        case nodes.Reduction(function=function, binders=binders, where=where, body=body):
            over = ", ".join(written(binder) for binder in binders)
            kept = f" where {written(where)}" if where else ""
            return f"{function}({over}{kept}: {written(body)})"
        case nodes.Binder(variable=variable, index_set=index_set, start=start):
            return f"{variable} in {index_set}" + (f" from {start}" if start else "")
    raise AssertionError(node)
