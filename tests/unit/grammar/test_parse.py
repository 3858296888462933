"""Each construct of the language, read into its nodes."""

import random
from fractions import Fraction

import pytest
from unit.grammar.specs import GOOD, expression, read, statement, written

from pplc.grammar import nodes
from pplc.grammar.source import Source, Span

AT = Span(0, 0)


def name(text):
    return nodes.Name(span=AT, id=text)


def number(text):
    return nodes.Number(span=AT, value=float(text), text=text)


def type_(text, **parts):
    return nodes.TypeExpr(span=AT, name=text, **parts)


def binder(variable, index_set, start=0):
    return nodes.Binder(
        span=AT, variable=variable, index_set=index_set, index_set_span=AT, start=start
    )


def target(text, *indices):
    return nodes.Target(span=AT, name=name(text), indices=indices)


def call(function, *values):
    arguments = tuple(nodes.Argument(span=AT, name=None, value=value) for value in values)
    return nodes.Call(span=AT, function=function, function_span=AT, arguments=arguments)


def site(left, law, **parts):
    return nodes.SiteStatement(span=AT, target=left, law=law, **parts)


def index(text, **parts):
    return nodes.IndexDecl(span=AT, name=name(text), **parts)


# --- declarations --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("index N", index("N")),
        ("index K = 3", index("K", size=number("3"))),
        ("index V from 1", index("V", label_start=1)),
        ("index V = 5 from 1", index("V", size=number("5"), label_start=1)),
        ("index T[I]", index("T", ragged_over=name("I"))),
    ],
)
def test_index(text, expected):
    assert statement(text) == expected


def test_a_list_of_index_sets_makes_several_declarations():
    expected = index("N"), index("K", size=number("2")), index("T", ragged_over=name("N"))
    assert read("index N, K = 2, T[N]").statements == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("real", type_("real")),
        ("real?", type_("real", missing=True)),
        ("interval(0, 1)", type_("interval", bounds=(number("0"), number("1")))),
        ("simplex[K]", type_("simplex", dims=(name("K"),))),
        ("ordered[K]", type_("ordered", dims=(name("K"),))),
        ("cov[K, J]?", type_("cov", dims=(name("K"), name("J")), missing=True)),
        ("S", type_("S")),
    ],
)
def test_types(text, expected):
    dims = (name("N"), name("P"))
    declared = nodes.DataDecl(span=AT, name=name("x"), dims=dims, type=expected)
    assert statement(f"data x[N, P]: {text}") == declared


def test_param():
    a = nodes.ParamDecl(
        span=AT, name=name("a"), dims=(), type=type_("positive"), initial=number("5.0")
    )
    w = nodes.ParamDecl(span=AT, name=name("w"), dims=(name("K"),), type=type_("real"))
    assert statement("param a: positive = 5.0") == a
    assert statement("param w[K]: real") == w


def test_net():
    real = type_("real", dims=(name("V"),))
    result = nodes.NetResult(span=AT, name=None, type=type_("positive", dims=(name("K"),)))
    read_net = statement("net enc(real[V], real) -> positive[K] = mlp(hidden=[100])")
    assert read_net.name == name("enc")
    assert read_net.inputs == (real, type_("real"))
    assert read_net.results == (result,)
    assert written(read_net.body) == "mlp(hidden=[100])"


def test_net_with_named_results():
    read_net = statement("net enc(real[P]) -> (loc: real[Z], scale: positive[Z]) = mlp()")
    assert [(result.name, result.type.name) for result in read_net.results] == [
        ("loc", "real"),
        ("scale", "positive"),
    ]
    assert read_net.body == call("mlp")


# --- statements ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mu", target("mu")),
        ("x[n]", target("x", name("n"))),
        ("loc[k in K]", target("loc", binder("k", "K"))),
        ("b[k in K from 1]", target("b", binder("k", "K", 1))),
        ("u[n, k in K]", target("u", name("n"), binder("k", "K"))),
        ("ordered", target("ordered")),
    ],
)
def test_targets(text, expected):
    assert statement(f"{text} ~ Law") == site(expected, name("Law"))


def test_literal_vector_over_a_whole_index_set():
    expected = nodes.ListLiteral(span=AT, items=(number("3"), number("10")))
    defined = nodes.DefinitionStatement(span=AT, target=target("m0", name("K")), value=expected)
    assert statement("m0[K] = [3, 10]") == defined


def test_modifiers():
    truncation = nodes.Truncation(span=AT, lower=number("0"), upper=name("inf"))
    expected = site(target("x"), call("Normal"), truncation=truncation, ordered=True)
    assert statement("x ~ Normal() truncated(0, inf) ordered") == expected
    assert statement("x ~ Normal() ordered truncated(0, inf)") == expected


def test_starts():
    one, two = call("A"), call("B")
    x = target("x", name("t"))
    assert statement("x[t] ~ L from A()") == site(x, name("L"), starts=(one,))
    assert statement("x[t] ~ L from [A(), B()]") == site(x, name("L"), starts=(one, two))
    read_definition = statement("x[t] = e from [y[0] - mu, 0]")
    assert [written(start) for start in read_definition.starts] == ["(y[0] - mu)", "0"]


def test_factor():
    assert written(statement("factor -x^2").value) == "(- (x ^ 2))"


def test_loops_nest():
    inner = site(target("y", name("m"), name("t")), call("Bernoulli", name("p")))
    scan = nodes.Loop(span=AT, ordered=True, binder=binder("t", "T"), body=(inner,))
    outer = nodes.Loop(span=AT, ordered=False, binder=binder("m", "M", 5), body=(scan,))
    one_line = "for m in M from 5 { scan t in T { y[m, t] ~ Bernoulli(p) } }"
    broken = "for m in M from 5 {\n\n  scan t in T {\n y[m, t] ~ Bernoulli(p)}\n}"
    assert statement(one_line) == statement(broken) == outer


def test_guide():
    guide = statement(
        """guide strict {
          mu ~ point
          (a, b[k], log(tau)) ~ mvn
          theta[d] ~ Dirichlet(enc(bow[d]))
          param m: real = 0
          q[n] = enc(x[n])
          log(s) ~ normal
          * ~ structured
        }"""
    )
    assert guide.strict
    kinds = [type(line).__name__ for line in guide.body]
    assert kinds == [
        *["GuideStatement"] * 3,
        "ParamDecl",
        "DefinitionStatement",
        *["GuideStatement"] * 2,
    ]
    lines = [line for line in guide.body if isinstance(line, nodes.GuideStatement)]
    assert [[written(t) for t in line.targets] for line in lines] == [
        ["mu"],
        ["a", "b[k]", "log(tau)"],
        ["theta[d]"],
        ["log(s)"],
        [],
    ]
    assert [written(line.family) for line in lines] == [
        "point",
        "mvn",
        "Dirichlet(enc(bow[d]))",
        "normal",
        "structured",
    ]
    assert not statement("guide { }").strict


def test_generate():
    generated = statement("generate { for n in N { r[n] ~ L\n s[n] = 1 } }")
    assert isinstance(generated, nodes.GenerateBlock)
    assert len(generated.body[0].body) == 2


def test_fit():
    options = statement("fit {\n batch D = 64\n particles = 16\n batch = 1 }").body
    assert [(o.name.id, o.index_set and o.index_set.id, written(o.value)) for o in options] == [
        ("batch", "D", "64"),
        ("particles", None, "16"),
        ("batch", None, "1"),
    ]


# --- expressions ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1 + 2 * 3", "(1 + (2 * 3))"),
        ("1 - 2 - 3", "((1 - 2) - 3)"),
        ("a / b * c @ d", "(((a / b) * c) @ d)"),
        ("2 ^ 3 ^ 2", "(2 ^ (3 ^ 2))"),
        ("-2 ^ 2", "(- (2 ^ 2))"),
        ("2 ^ -1 * 3", "((2 ^ (- 1)) * 3)"),
        ("2 ^ -x ^ y", "(2 ^ (- (x ^ y)))"),
        ("-a * b", "((- a) * b)"),
        ("a - -b", "(a - (- b))"),
        ("- - a", "(- (- a))"),
        ("a + b < c * d", "((a + b) < (c * d))"),
        ("not a == b", "(not (a == b))"),
        ("not not a and b", "((not (not a)) and b)"),
        ("a and b or c and not d", "((a and b) or (c and (not d)))"),
        ("a != 1 or b >= 2", "((a != 1) or (b >= 2))"),
        ("(a + b) * c", "((a + b) * c)"),
        ("x<-1", "(x < (- 1))"),
        ("if a then b else c + 1", "(if a then b else (c + 1))"),
        ("if a then b else if c then d else e", "(if a then b else (if c then d else e))"),
        ("if a then if b then c else d else e", "(if a then (if b then c else d) else e)"),
        ("f(if a then b else c, k=-1)", "f((if a then b else c), k=(- 1))"),
        ("loc[z[n]]", "loc[z[n]]"),
        ("x[n, p][k]", "x[n, p][k]"),
        ("(a @ b)[k].loc", "(a @ b)[k].loc"),
        ("q[n].scale[z]", "q[n].scale[z]"),
        ("enc(x[n]).loc", "enc(x[n]).loc"),
        ("-x[t-1]", "(- x[(t - 1)])"),
        ("[[1, 2], [3, 4]]", "[[1, 2], [3, 4]]"),
        ("true and false", "(true and false)"),
        ("sum(p in P: x[p] + 1)", "sum(p in P: (x[p] + 1))"),
        ("mean(k in K from 1: e)", "mean(k in K from 1: e)"),
        (
            "counts(w in W where doc[w] == d and k: word[w])",
            "counts(w in W where ((doc[w] == d) and k): word[w])",
        ),
        ("sum(a in A, b in B from 2 where c: e)", "sum(a in A, b in B from 2 where c: e)"),
        ("sum(x) / sum(y, z)", "(sum(x) / sum(y, z))"),
    ],
)
def test_expressions(text, expected):
    assert written(expression(text)) == expected


@pytest.mark.parametrize(
    ("text", "value", "is_integer"),
    [
        ("3", 3.0, True),
        ("0.5", 0.5, False),
        (".5", 0.5, False),
        ("2.", 2.0, False),
        ("1e-3", 1e-3, False),
        ("2E+4", 2e4, False),
        ("1.5e2", 150.0, False),
    ],
)
def test_numbers(text, value, is_integer):
    read_number = expression(text)
    assert (read_number.value, read_number.text) == (value, text)
    assert read_number.is_integer == is_integer


# --- lines, spans --------------------------------------------------------------------------------


def test_newlines_are_ignored_within_brackets():
    text = "y[\n n\n] ~ Normal(\n  loc=a,\n\n  scale=b  # a comment\n) ordered"
    assert statement(text) == statement("y[n] ~ Normal(loc=a, scale=b) ordered")


@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_newlines_of_every_system_and_a_byte_order_mark(newline):
    text = "index N\n# comment\n\nmu ~ Normal(0, 1)  # mean\nfor n in N {\n\ty[n] ~ L\n}\n"
    assert read("\ufeff" + text.replace("\n", newline)) == read(text)


def test_spans_are_exact():
    text = "for n in N {\n  y[n] ~ Normal((a + b) * -c, f.x[k]) truncated(0, 1)  # end\n}\n"
    source = Source("test.ppl", text)

    def said(node):
        return source.slice(node.span)

    (loop,) = read(text).statements
    assert said(loop) == text.rstrip("\n")
    assert said(loop.binder) == "n in N"
    assert source.slice(loop.binder.index_set_span) == "N"
    (line,) = loop.body
    assert said(line) == "y[n] ~ Normal((a + b) * -c, f.x[k]) truncated(0, 1)"
    assert (said(line.target), said(line.target.name)) == ("y[n]", "y")
    assert said(line.law) == "Normal((a + b) * -c, f.x[k])"
    assert source.slice(line.law.function_span) == "Normal"
    product, indexed = (argument.value for argument in line.law.arguments)
    assert (said(product.left), said(product.right)) == ("(a + b)", "-c")
    assert (said(product), said(product.left.left)) == ("(a + b) * -c", "a")
    assert (said(indexed), said(indexed.base)) == ("f.x[k]", "f.x")
    assert said(line.truncation) == "truncated(0, 1)"


@pytest.mark.parametrize("spec", GOOD, ids=lambda path: path.stem)
def test_good_specs_are_read(spec):
    text = spec.read_text(encoding="utf-8")
    assert read(text).span == Span(0, len(text))


# --- long chains ---------------------------------------------------------------------------------


def value_of(node):
    """The value of arithmetic with numbers, by exact fractions."""
    if isinstance(node, nodes.Number):
        return Fraction(node.text)
    if isinstance(node, nodes.Unary):
        return -value_of(node.operand)
    left, right = value_of(node.left), value_of(node.right)
    return {"+": left + right, "-": left - right, "*": left * right}.get(node.operator) or (
        left / right if node.operator == "/" else Fraction(0)
    )


def depth(node):
    if isinstance(node, nodes.Binary):
        return 1 + max(depth(node.left), depth(node.right))
    return 1 + depth(node.operand) if isinstance(node, nodes.Unary) else 1


@pytest.mark.parametrize("operators", ["+-", "*/", "+-*/", "-", "/"])
@pytest.mark.parametrize("count", [31, 32, 33, 34, 65, 66, 67, 500])
def test_a_long_chain_has_its_value_and_is_not_deep(operators, count):
    generator = random.Random(count)
    numbers = [str(generator.randint(1, 9)) for _ in range(count)]
    signs = [generator.choice(operators) for _ in range(count - 1)]
    text = numbers[0] + "".join(f" {s} {n}" for s, n in zip(signs, numbers[1:], strict=True))
    tree = expression(text)
    exact = eval("".join(f"Fraction({c})" if c.isdigit() else c for c in text))  # noqa: S307
    assert value_of(tree) == exact
    assert depth(tree) < 80
    assert (tree.span.end - tree.span.start) == len(text)


def test_conditions_and_short_chains_are_grouped_from_the_left():
    tree = expression(" or ".join(["a"] * 32))
    assert depth(tree) == 32
    assert depth(expression(" and ".join(["a"] * 3000))) < 45
