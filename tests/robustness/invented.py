"""Specs made up at random: everything that can be written, most of it with a meaning.

Every decision is made by a `Pick`: hypothesis, or a random generator. An author knows what the
names it has made up stand for, so that most of what it writes is right; now and then it writes
something wild.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from pplc.compiler.distributions import DISTRIBUTIONS, Distribution, Parameter
from pplc.compiler.functions import ELEMENTWISE
from pplc.compiler.kinds.kinds import (
    BOOL,
    INT,
    NAT,
    NONNEGATIVE,
    POSITIVE,
    REAL,
    UNIT,
    Interval,
    inf,
)

#: One of some options; the earlier, the simpler.
Pick = Callable[[Sequence[Any]], Any]
Binders = dict[str, str]

#: What the author tells apart, with the sets that are within it. `@K` stands for positions in K.
_WITHIN = {
    "bool": {"bool"},
    "nat": {"bool", "nat"},
    "int": {"bool", "nat", "int"},
    "unit": {"bool", "unit"},
    "positive": {"positive"},
    "nonnegative": {"bool", "nat", "unit", "positive", "nonnegative"},
    "real": {"bool", "nat", "int", "unit", "positive", "nonnegative", "real"},
}
_TYPES = ("real", "positive", "nonnegative", "unit", "int", "nat", "bool", "interval(-1, 2.5)")
_LITERALS = {
    "real": ("0", "1", "-0.5", "2.5", "1e-3", "pi"),
    "int": ("1", "-2", "3"),
    "nat": ("1", "0", "2", "3"),
    "positive": ("1", "0.5", "2", "3.5", "pi"),
    "nonnegative": ("1", "0", "0.5"),
    "unit": ("0.5", "0.2", "0", "1"),
    "bool": ("true", "false", "0", "1"),
}
_FUNCTIONS = (
    *ELEMENTWISE,
    "dot",
    "softmax",
    "cumsum",
    "zeros",
    "fill",
    "size",
    "outer",
    "cholesky",
)
_FUNCTIONS += ("sum", "mean", "sd", "logsumexp", "prod", "diag", "eye", "solve", "assume", "nope")
_OPERATORS = ("+", "-", "*", "/", "^", "@", "==", "!=", "<", "<=", ">", ">=", "and", "or")
_COMPOSED = ("ZeroInflated", "Mixture", "Censored", "Delta", "LKJCholesky", "OrderedLogistic")


@dataclass(frozen=True)
class Value:
    """What a made-up name stands for: a family over `dims` of values of a support."""

    support: str
    dims: tuple[str, ...] = ()


@dataclass
class Author:
    """Writes one spec. Of a hundred expressions, `wild` are arbitrary."""

    pick: Pick
    wild: int = 0
    #: Whether the newest parts of the language take part.
    rich: bool = True
    sets: list[str] = field(default_factory=list)
    values: dict[str, Value] = field(default_factory=dict)
    #: Names that may be read at an earlier step of the scan, and the binder of the scan.
    chain: dict[str, Value] = field(default_factory=dict)
    step: str = ""
    #: First positions of loops that start later.
    starts: dict[str, int] = field(default_factory=dict)
    lines: list[str] = field(default_factory=list)
    head: list[str] = field(default_factory=list)
    latents: list[str] = field(default_factory=list)
    made: int = 0

    def chance(self, percent: int) -> bool:
        """True in about so many of a hundred cases; false is the simpler."""
        return bool(self.pick(range(100)) >= 100 - percent)

    def spec(self) -> str:
        """A whole spec."""
        self._declare()
        for _ in range(self.pick(range(1, 6))):
            self._statement({}, 0)
        if not self.latents:
            self.lines.append(self._site(self._new("a"), {}, observed=False))
        if self.chance(20):
            self._generate()
        if self.rich:
            self._blocks()
        lines = [*self.head, *self.lines]
        if self.chance(15):
            for i in range(len(lines) - 1):
                j = self.pick(range(i, len(lines)))
                lines[i], lines[j] = lines[j], lines[i]
        return "\n".join(lines) + "\n"

    # --- declarations ---

    def _declare(self) -> None:
        for name in ("N", "K", "T")[: self.pick((2, 1, 3))]:
            tail = self.pick(("", " = 2", " = 3", " from 1"))
            self.lines.append(f"index {name}{tail}")
            self.sets.append(name)
        for _ in range(self.pick(range(4))):
            self._data(self._new("x"))
        if self.rich and self.chance(15):
            name, dims = self._new("w"), self._dims(1)
            kind = self.pick((*_TYPES[:4], f"simplex[{self._set()}]", f"ordered[{self._set()}]"))
            start = self.pick(("", "", " = 0.5", f" = {self.number('real', {}, 1)}"))
            self.lines.append(f"param {name}{_brackets(dims)}: {kind}{start}")
            self.values[name] = _typed(kind, dims)

    def _data(self, name: str) -> None:
        dims = self._dims(2)
        kinds = [*_TYPES, *self.sets, f"simplex[{self._set()}]"]
        kind = self.pick(kinds)
        missing = "?" if self.rich and self.chance(4) else ""
        self.lines.append(f"data {name}{_brackets(dims)}: {kind}{missing}")
        self.values[name] = _typed(kind, dims)

    def _new(self, letter: str) -> str:
        if self.values and self.chance(self.wild):
            return str(self.pick((*self.values, *self.sets, "Normal", "size", "phi", "i", "lower")))
        self.made += 1
        return f"{letter}{self.made}"

    def _set(self) -> str:
        return str(self.pick(self.sets))

    def _dims(self, most: int) -> tuple[str, ...]:
        return tuple(self._set() for _ in range(self.pick(range(most + 1))))

    # --- statements ---

    def _statement(self, binders: Binders, depth: int) -> None:
        form = self.pick(("site", "observed", "define", "loop", "loop", "factor", "vector", "scan"))
        if form == "loop" and depth < 2:
            self._loop(binders, depth)
        elif form == "scan" and self.rich and not self.step and self.chance(40):
            self._scan(binders, depth)
        elif form == "factor" and self.chance(50):
            self._line(binders, f"factor {self.number('real', binders, 2)}")
        elif form == "vector" and not binders and self.chance(50):
            over, name = self._set(), self._new("c")
            items = ", ".join(self.pick(_LITERALS["positive"]) for _ in range(2))
            self.lines.append(f"{name}[{over}] = [{items}]")
            self.values[name] = Value("positive", (over,))
        elif form == "define":
            self._line(binders, self._definition(self._new("d"), binders))
        else:
            self._line(binders, self._site(self._new("s"), binders, form == "observed"))

    def _line(self, binders: Binders, text: str) -> None:
        self.lines.append("  " * len(binders) + text)

    def _loop(self, binders: Binders, depth: int) -> None:
        over = self._set()
        variable = over.lower() if over.lower() not in binders else self._new(over.lower())
        start = self.pick((0, 0, 0, 1)) if not binders else 0
        self.starts[variable] = start
        inner = {**binders, variable: over}
        tail = f" from {start}" if start else ""
        self._block(f"for {variable} in {over}{tail}", inner, depth)

    def _scan(self, binders: Binders, depth: int) -> None:
        over = self._set()
        variable = self.step = self._new("t")
        self._block(f"scan {variable} in {over}", {**binders, variable: over}, depth)
        self.step = ""
        self.chain.clear()

    def _block(self, head: str, inner: Binders, depth: int) -> None:
        outer, self.lines = self.lines, []
        for _ in range(self.pick((1, 2, 3))):
            self._statement(inner, depth + 1)
        body, self.lines = self.lines, outer
        margin = "  " * (len(inner) - 1)
        self.lines.append("\n".join([f"{margin}{head} {{", *body, margin + "}"]))

    def _target(self, name: str, binders: Binders) -> tuple[str, Binders]:
        """`name[n, k in K]`: all binders in scope, and perhaps more."""
        inner, words = dict(binders), list(binders)
        if self.chance(35):
            over = self._set()
            variable = self._new("j")
            inner[variable] = over
            words.append(f"{variable} in {over}")
        if self.chance(5):
            words.reverse()
            inner = dict(reversed(inner.items()))
        if self.chance(self.wild):
            words = words[1:] or ["0"]
        return name + _brackets(words), inner

    def _definition(self, name: str, binders: Binders) -> str:
        target, inner = self._target(name, binders)
        support = self.pick(
            ("real", "real", "positive", "unit", "nat", "bool", "simplex", "vector")
        )
        if support in ("simplex", "vector"):
            over = self._set()
            text = self.vector("simplex" if support == "simplex" else "real", over, inner, 2)
            value = Value("simplex" if support == "simplex" else "real", (*inner.values(), over))
        else:
            value = Value(support, tuple(inner.values()))
            tail = self._start(name, value, inner, lambda: self.number(support, inner, 1))
            text = self.number(support, inner, 3) + tail
        self.values[name] = value
        return f"{target} = {text}"

    def _start(self, name: str, value: Value, inner: Binders, first: Callable[[], str]) -> str:
        """`from ...` in a scan, after which the name may be read a step back."""
        if not self.step or not self.chance(60):
            return ""
        step, self.step = self.step, ""
        tail = f" from {first()}"
        self.step = step
        self.chain[name] = value
        return tail

    def _site(self, name: str, binders: Binders, observed: bool) -> str:
        target, inner = self._target(name, binders)
        law, distribution, over = self._law(inner)
        dims = tuple(inner.values())
        support = self._drawn(distribution, over)
        if distribution.event:
            dims += (over,) * distribution.event
        value = Value(support, dims)
        tail = ""
        if observed:
            kind = f"simplex[{over}]" if support == "simplex" else support.lstrip("@")
            shown = dims[:-1] if support == "simplex" else dims
            self.head.append(f"data {name}{_brackets(shown)}: {kind}")
        else:
            self.latents.append(name)
            if self.rich and self.chance(8):
                bounds = (self.number("real", inner, 1), self.number("real", inner, 1))
                tail += self.pick(
                    (f" truncated(0, {bounds[0]})", f" truncated({', '.join(bounds)})")
                )
            if self.chance(6 if inner else 1):
                tail += " ordered"
            tail += self._start(name, value, inner, lambda: self._law(inner, distribution, over)[0])
        self.values[name] = value
        return f"{target} ~ {law}{tail}"

    # --- distributions ---

    def _law(
        self, binders: Binders, same: Distribution | None = None, over: str = ""
    ) -> tuple[str, Distribution, str]:
        """A distribution with arguments, its row of the table, and the set it ranges over."""
        name = same.name if same else self.pick(list(DISTRIBUTIONS))
        over = over or self._set()
        distribution = DISTRIBUTIONS[name]
        if self.rich and self.chance(6):
            return self._composed(binders, over), DISTRIBUTIONS["Normal"], over
        if any(_takes_more(p) for p in distribution.parameters) or self.chance(self.wild):
            name, distribution = "Normal", DISTRIBUTIONS["Normal"]
        given = [self._argument(p, binders, over) for p in distribution.parameters]
        if distribution.choices:
            choice = self.pick(distribution.choices)
            text = self._argument(choice, binders, over)
            named = choice is not distribution.choices[0] or self.chance(20)
            given.append(f"{choice.name}={text}" if named else text)
        if self.chance(self.wild):
            given = given[1:] + [self.anything(binders, 1)] * self.pick((0, 1, 2))
        return f"{name}({', '.join(given)})", distribution, over

    def _argument(self, parameter: Parameter, binders: Binders, over: str) -> str:
        support = _support_name(parameter.support)
        if parameter.event == 0:
            return self.number(support, binders, 2)
        if parameter.event == 1:
            simplex = str(parameter.structure) == "simplex"
            return self.vector("simplex" if simplex else support, over, binders, 2)
        return self._matrix(str(parameter.structure), over, binders)

    def _matrix(self, structure: str, over: str, binders: Binders) -> str:
        plain = self.pick((f"eye({over})", f"diag({self.vector('positive', over, binders, 1)})"))
        plain = plain if self.rich else f"eye({over})"
        if structure == "scale_tril" and self.rich:
            return f"cholesky({plain})"
        return f"assume({plain}, {structure})" if self.chance(10) else plain

    def _composed(self, binders: Binders, over: str) -> str:
        inner = self._law(binders)[0]
        match self.pick(_COMPOSED):
            case "ZeroInflated":
                return f"ZeroInflated({inner}, {self.number('unit', binders, 1)})"
            case "Mixture":
                return f"Mixture({self.vector('simplex', over, binders, 1)}, {inner}, {inner})"
            case "Censored":
                return f"Censored({inner}, 0, {self.number('positive', binders, 1)})"
            case "Delta":
                return f"Delta({self.number('real', binders, 1)})"
            case "LKJCholesky":
                return f"LKJCholesky({over}, {self.number('positive', binders, 1)})"
        cuts = self.vector("real", over, binders, 1)
        return f"OrderedLogistic({self.number('real', binders, 1)}, {cuts})"

    def _drawn(self, distribution: Distribution, over: str) -> str:
        if str(distribution.structure) == "simplex":
            return "simplex"
        if distribution.name == "Categorical":
            return f"@{over}"
        return _support_name(distribution.support)

    # --- expressions ---

    def number(self, support: str, binders: Binders, depth: int) -> str:
        """A number of a support (`real`, `unit`, `bool` and so on)."""
        if self.chance(self.wild):
            return self.anything(binders, depth)
        if depth <= 0 or self.chance(35):
            return self._leaf(support, binders)
        rules = _RULES.get(support, _RULES["real"])
        return str(self.pick(rules)(self, binders, depth - 1))

    def _leaf(self, support: str, binders: Binders) -> str:
        wanted = _WITHIN[support]
        reads = [n for n, v in self.values.items() if _element(v) in wanted]
        lagged = [n for n, v in self.chain.items() if _element(v) in wanted and self.step]
        if lagged and self.chance(50):
            name = self.pick(lagged)
            return self._read(name, self.chain[name].dims, binders, earlier=True)
        if reads and self.chance(75):
            name = self.pick(reads)
            return self._read(name, self.values[name].dims, binders)
        if binders and support in ("real", "int", "nat", "nonnegative") and self.chance(10):
            return str(self.pick(list(binders)))
        return str(self.pick(_LITERALS[support]))

    def _read(
        self, name: str, dims: tuple[str, ...], binders: Binders, earlier: bool = False
    ) -> str:
        return name + _brackets([self._index(d, binders, earlier) for d in dims])

    def _index(self, over: str, binders: Binders, earlier: bool = False) -> str:
        if earlier and binders.get(self.step) == over:
            return f"{self.step}-1"
        variables = [v for v, s in binders.items() if s == over]
        data = [n for n, v in self.values.items() if v.support == f"@{over}"]
        if variables and not (data and self.chance(25)):
            variable = self.pick(variables)
            late = self.starts.get(variable, 0)
            return f"{variable}-{late}" if late and self.chance(50) else str(variable)
        if data and self.chance(80):
            name = self.pick(data)
            dims = self.values[name].dims
            # Positions of positions, as far as they go.
            inner = [next((v for v, s in binders.items() if s == d), "0") for d in dims]
            return name + _brackets(inner)
        return str(self.pick(("0", "0", "1")))

    def vector(self, support: str, over: str, binders: Binders, depth: int) -> str:
        """A vector over an index set, of numbers of a support or a `simplex`."""
        if self.chance(self.wild):
            return self.anything(binders, depth)
        wanted = {"simplex"} if support == "simplex" else _WITHIN[support] | {"simplex"}
        if support in ("positive", "nat", "int", "bool"):
            wanted = wanted - {"simplex"}
        reads = [
            n for n, v in self.values.items() if v.dims[-1:] == (over,) and v.support in wanted
        ]
        if reads and self.chance(60):
            name = self.pick(reads)
            return self._read(name, self.values[name].dims[:-1], binders)
        if support == "simplex":
            if depth <= 0 or self.chance(50):
                return f"fill(1 / size({over}), {over})"
            return f"softmax({self.vector('real', over, binders, depth - 1)})"
        if depth <= 0 or self.chance(40):
            plain = [f"fill({self.number(support, binders, depth - 1)}, {over})", f"ones({over})"]
            return str(self.pick(plain + ([f"zeros({over})"] if support == "real" else [])))
        one = self.vector(support, over, binders, depth - 1)
        forms: list[Callable[[], str]] = [
            lambda: f"({one} {self.pick('*+')} {self.vector(support, over, binders, depth - 1)})",
            lambda: f"({self.number(support, binders, depth - 1)} {self.pick('*+')} {one})",
            lambda: self._choice(one, self.vector(support, over, binders, 0), binders, depth),
        ]
        if support == "real":
            forms += [
                lambda: f"{self.pick(('sin', 'abs', 'tanh', '-', 'softplus'))}({one})",
                lambda: f"cumsum({one})",
                lambda: f"({one} - {self.vector('real', over, binders, depth - 1)})",
            ]
        if support == "positive":
            forms.append(lambda: f"softplus({self.vector('real', over, binders, depth - 1)})")
        return str(self.pick(forms)())

    def _choice(self, a: str, b: str, binders: Binders, depth: int) -> str:
        return f"(if {self.number('bool', binders, depth - 1)} then {a} else {b})"

    def reduction(self, function: str, support: str, binders: Binders, depth: int) -> str:
        """`sum(k in K where c: e)` and its like, or `sum(vector)`."""
        over = self._set()
        if self.chance(25):
            return f"{function}({self.vector(support, over, binders, depth)})"
        heads, inner = [], dict(binders)
        for _ in range(self.pick((1, 1, 2)) if function not in ("mean", "sd") else 1):
            over = self._set()
            variable = self._new("i")
            start = " from 1" if self.chance(5) else ""
            self.starts[variable] = int(bool(start))
            heads.append(f"{variable} in {over}{start}")
            inner[variable] = over
        where = ""
        if self.chance(25):
            where = f" where {self.number('bool', inner, 1)}"
        if function in ("mean", "sd", "max", "min") and not self.rich:
            where = ""
        return f"{function}({', '.join(heads)}{where}: {self.number(support, inner, depth)})"

    def anything(self, binders: Binders, depth: int) -> str:
        """An expression of which nothing is known."""
        names = [*self.values, *binders, *self.sets, "0", "3", "2.5", "inf", "true", "nothing"]
        if depth <= 0 or self.chance(30):
            return str(self.pick(names))
        sub = [self.anything(binders, depth - 1) for _ in range(self.pick((1, 2, 3)))]
        match self.pick(("index", "call", "binary", "if", "reduce", "list", "unary", "law", "dot")):
            case "index":
                return f"{self.pick(names[:-6] or names)}[{', '.join(sub)}]"
            case "call":
                return f"{self.pick(_FUNCTIONS)}({', '.join(sub)})"
            case "binary":
                return f"({sub[0]} {self.pick(_OPERATORS)} {sub[-1]})"
            case "if":
                return f"(if {sub[0]} then {sub[-1]} else {sub[len(sub) // 2]})"
            case "reduce":
                head = f"{self.pick(('sum', 'mean', 'counts', 'sd', 'foo'))}(k in {self._set()}"
                where = f" where {sub[-1]}" if len(sub) > 1 else ""
                return f"{head}{where}: {sub[0]})"
            case "list":
                return f"[{', '.join(sub)}]"
            case "unary":
                return f"{self.pick(('-', 'not '))}{sub[0]}"
            case "law":
                return self._law(binders)[0] if depth < 3 else "Normal(0, 1)"
        return f"{self.pick(names[:-6] or names)}[{sub[0]}].loc"

    # --- blocks ---

    def _generate(self) -> None:
        outer, self.lines = self.lines, []
        kept = list(self.latents)
        for _ in range(self.pick((1, 2))):
            name = self._new("g")
            made = self._site(name, {}, False) if self.chance(50) else self._definition(name, {})
            self.lines.append(f"  {made}")
        self.latents = kept
        body, self.lines = self.lines, outer
        self.lines.append("\n".join(["generate {", *body, "}"]))

    def _blocks(self) -> None:
        if self.chance(15):
            families = ("normal", "mvn", "point", "lowrank(2)", "structured")
            lines = []
            for name in dict.fromkeys(self.latents):
                if self.chance(40):
                    indices = [f"i{i}" for i in range(len(self.values[name].dims))]
                    target = name + _brackets(indices)
                    law = self._law({})[0] if self.chance(20) else self.pick(families)
                    lines.append(f"  {target} ~ {law}")
            if self.chance(20):
                lines.append(f"  ({', '.join(dict.fromkeys(self.latents))}) ~ mvn")
            if self.chance(20) or not lines:
                lines.append(f"  * ~ {self.pick(families)}")
            self.lines.append("\n".join(["guide {", *lines, "}"]))
        if self.chance(5):
            option = self.pick(
                ("steps = 10", "seed = 3", "particles = 4", f"batch {self._set()} = 2")
            )
            self.lines.append(f"fit {{ {option} }}")


_Rule = Callable[[Author, Binders, int], str]


def _two(support: str, other: str, operators: Sequence[str]) -> _Rule:
    return lambda a, b, d: (
        f"({a.number(support, b, d)} {a.pick(operators)} {a.number(other, b, d)})"
    )


def _call(function: str, *supports: str) -> _Rule:
    return lambda a, b, d: f"{function}({', '.join(a.number(s, b, d) for s in supports)})"


def _if(support: str) -> _Rule:
    return lambda a, b, d: a._choice(a.number(support, b, d), a.number(support, b, d), b, d)


def _reduce(support: str, *functions: str) -> _Rule:
    return lambda a, b, d: a.reduction(a.pick(functions), support, b, d)


def _dot(a: Author, b: Binders, d: int) -> str:
    over = a._set()
    left, right = (a.vector("real", over, b, d - 1) for _ in range(2))
    return str(a.pick((f"dot({left}, {right})", f"({left} @ {right})")))


def _elementwise(a: Author, b: Binders, d: int) -> str:
    function = ELEMENTWISE[a.pick(list(ELEMENTWISE))]
    arguments = [a.number(_support_name(takes), b, d) for takes in function.takes]
    return f"{function.name}({', '.join(arguments)})"


_RULES: dict[str, tuple[_Rule, ...]] = {
    "real": (
        _two("real", "real", "+-*"),
        _two("real", "real", "+-*"),
        _two("real", "positive", "/"),
        lambda a, b, d: f"-{a.number('real', b, d)}",
        _elementwise,
        _if("real"),
        _reduce("real", "sum", "mean", "max", "min", "logsumexp", "sd", "prod"),
        _reduce("real", "sum", "mean", "max", "min", "logsumexp", "sd", "prod"),
        _dot,
        lambda a, b, d: f"{a.number('real', b, d)}^2",
    ),
    "positive": (
        _two("positive", "positive", "+*/"),
        _call("exp", "real"),
        _call("softplus", "real"),
        _call("sqrt", "positive"),
        _if("positive"),
        _reduce("positive", "sum", "mean", "max", "min"),
        _two("positive", "real", "^"),
        lambda a, b, d: f"assume(({a.number('real', b, d)})^2 + 1, positive)",
    ),
    "unit": (
        _call("sigmoid", "real"),
        _call("phi", "real"),
        _two("unit", "unit", "*"),
        lambda a, b, d: f"(1 - {a.number('unit', b, d)})",
        _if("unit"),
        _reduce("unit", "mean", "prod", "max", "min"),
    ),
    "bool": (
        _two("real", "real", ("<", "<=", ">", ">=")),
        _two("nat", "nat", ("==", "!=")),
        _two("bool", "bool", ("and", "or")),
        lambda a, b, d: f"not {a.number('bool', b, d)}",
    ),
    "nat": (
        _two("nat", "nat", "+*"),
        _reduce("bool", "sum"),
        _if("nat"),
        lambda a, b, d: f"size({a._set()})",
    ),
}
_RULES["int"] = (*_RULES["nat"], _two("int", "int", "+-*"))
_RULES["nonnegative"] = (*_RULES["positive"], *_RULES["unit"], _call("abs", "real"))


def _brackets(words: Sequence[str]) -> str:
    return f"[{', '.join(words)}]" if words else ""


def _typed(kind: str, dims: tuple[str, ...]) -> Value:
    """What a declared type stands for."""
    name, _, inner = kind.partition("[")
    if inner:
        return Value(name, (*dims, inner.rstrip("]")))
    if kind in _WITHIN:
        return Value(kind, dims)
    return Value("real" if kind.startswith("interval") else f"@{kind}", dims)


def _element(value: Value) -> str:
    """The support of one number of it."""
    return {"simplex": "unit", "ordered": "real"}.get(value.support, value.support)


def _support_name(support: Interval) -> str:
    """The smallest named set that the author knows around a support."""
    for name, known in (("bool", BOOL), ("nat", NAT), ("int", INT)):
        if support.within(known):
            return name
    for name, known in (("positive", POSITIVE), ("unit", UNIT), ("nonnegative", NONNEGATIVE)):
        if support.within(known):
            return "unit" if support.upper == 1 else name
    return "positive" if support.lower >= 0 and support.upper == inf else "real" if REAL else ""


def _takes_more(parameter: Parameter) -> bool:
    """Whether an argument is not an expression but a distribution or an index set."""
    takes = getattr(parameter, "takes", None)
    return takes is not None and takes.name != "NUMBERS"
