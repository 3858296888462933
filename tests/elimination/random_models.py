"""Random models for the tests of elimination: what a spec says, as plain data.

A model is drawn as a small structure of its own (`Model`), which is written as a spec (`text`) and
evaluated element by element in `brute_force.py`. Nothing here comes from the compiler.
"""

import math
import random
from dataclasses import dataclass, field
from itertools import product

#: The index sets of values, with their sizes.
CATEGORIES = {"K": 2, "M": 3}

#: Largest number of joint assignments of a model.
LARGEST = 2500


@dataclass(frozen=True)
class Number:
    value: float


@dataclass(frozen=True)
class Ref:
    """A name at its own binders (all of them where `plates`), then at further indices.

    `lag` is how many steps back along the scan; `through` holds the plate whose data array
    gives the position in another plate.
    """

    name: str
    plates: tuple[str, ...] = ()
    indices: tuple = ()
    lag: int = 0
    through: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Op:
    """`+ * == >= if sigmoid`, `scale` (number * vector), and `sum` over a row of a table."""

    name: str
    arguments: tuple


@dataclass(frozen=True)
class Law:
    name: str
    argument: object
    keyword: str = ""
    extra: tuple = ()


@dataclass(frozen=True)
class Latent:
    """A continuous latent: a table over plates and categories; the last a simplex, or not."""

    name: str
    plates: tuple[str, ...]
    dims: tuple[str, ...]
    simplex: bool = False


@dataclass(frozen=True)
class Site:
    name: str
    plates: tuple[str, ...]
    law: Law
    starts: tuple[Law, ...] = ()
    observed: bool = False
    nested: bool = False


@dataclass(frozen=True)
class Definition:
    name: str
    plates: tuple[str, ...]
    value: object
    starts: tuple = ()


@dataclass
class Model:
    plates: dict[str, int]
    scan: str | None = None
    first: int = 0  # the position at which loops over the scan's plate begin
    lengths: list[int] = field(default_factory=list)  # of T for each element of I, if T is ragged
    parents: dict[str, str] = field(default_factory=dict)  # plate -> plate it maps into by data
    maps: dict[str, list[int]] = field(default_factory=dict)
    latents: list[Latent] = field(default_factory=list)
    statements: list = field(default_factory=list)
    data: dict[str, list] = field(default_factory=dict)

    @property
    def sites(self):
        return {s.name: s for s in self.statements if isinstance(s, Site)}

    @property
    def discrete(self):
        return {n: s for n, s in self.sites.items() if not s.observed}

    def size(self, over):
        return self.plates.get(over) or CATEGORIES[over]

    def elements(self, plates):
        firsts = [self.first if p == self.scan else 0 for p in plates]
        every = product(*map(range, firsts, (self.plates[p] for p in plates)))
        return [at for at in every if self._exists(dict(zip(plates, at, strict=True)))]

    def _exists(self, at):
        return not self.lengths or "T" not in at or at["T"] < self.lengths[at["I"]]

    def alone(self, plates):
        """The plates over which there can be something without others."""
        return tuple(p for p in plates if not (self.lengths and p == "T"))

    def over(self, plate):
        """The plate as a loop runs over it."""
        return f"{plate} from {self.first}" if plate == self.scan and self.first else plate

    def values(self, site):
        """The values of a discrete site."""
        return {
            "Bernoulli": [0, 1],
            "Categorical": list(
                range(CATEGORIES.get(site.law.extra[0], 0) if site.law.extra else 0)
            ),
            "Binomial": [0, 1, 2],
            "DiscreteUniform": [-1, 0, 1],
        }[site.law.name]

    def assignments(self):
        return math.prod(
            len(self.values(s)) ** len(self.elements(s.plates)) for s in self.discrete.values()
        )

    # --- as a spec ---

    @property
    def text(self):
        lines = [f"index {n} = {size}" for n, size in CATEGORIES.items()]
        ragged = {"T": "T[I]"} if self.lengths else {}
        lines += [f"index {ragged.get(n, n)}" for n in self.plates]
        for plate, parent in self.parents.items():
            lines.append(f"data {plate.lower()}_of[{plate}]: {parent}")
        types = {"Normal": "real", "Bernoulli": "bool", "Poisson": "nat", "Binomial": "nat"}
        lines += [f"data x_{p}[{p}]: real" for p in self.alone(self.plates)]
        for s in self.sites.values():
            if s.observed:
                kind = s.law.extra[0] if s.law.name == "Categorical" else types[s.law.name]
                lines.append(f"data {s.name}{_brackets(s.plates)}: {kind}")
        for latent in self.latents:
            dims = latent.dims[:-1] if latent.simplex else latent.dims
            over = [f"{d.lower()}{i} in {d}" for i, d in enumerate(latent.plates + dims)]
            brackets = f"[{', '.join(over)}]" if over else ""
            law = f"Dirichlet(fill(1.5, {latent.dims[-1]}))" if latent.simplex else "Normal(0, 1)"
            lines.append(f"{latent.name}{brackets} ~ {law}")
        for statement in self.statements:
            lines += self._statement(statement)
        return "\n".join(lines) + "\n"

    def _statement(self, s):
        inner = getattr(s, "nested", True) or self.scan in s.plates
        own = [p.lower() if inner else f"{p.lower()} in {self.over(p)}" for p in s.plates]
        line = s.name + (f"[{', '.join(own)}]" if own else "")
        if isinstance(s, Definition):
            line += f" = {self._expr(s.value)}"
            starts = [self._expr(e) for e in s.starts]
        else:
            line += f" ~ {self._law(s.law)}"
            starts = [self._law(law) for law in s.starts]
        if starts:
            line += f" from {starts[0] if len(starts) == 1 else '[' + ', '.join(starts) + ']'}"
        if not inner:
            return [line]
        loops = {p: "scan" if p == self.scan else "for" for p in s.plates}
        heads = [f"{loops[p]} {p.lower()} in {self.over(p)} {{" for p in s.plates]
        return [*heads, line, *("}" for _ in heads)]

    def _law(self, law):
        argument = self._expr(law.argument) if law.argument is not None else ""
        if law.keyword:
            argument = f"{law.keyword}={argument}"
        match law.name:
            case "Binomial":
                return f"Binomial(2, {argument})"
            case "DiscreteUniform":
                return "DiscreteUniform(-1, 1)"
            case "Normal":
                return f"Normal({argument}, 0.8)"
        return f"{law.name}({argument})"

    def _expr(self, e):
        match e:
            case Number():
                return f"{e.value}" if e.value >= 0 else f"({e.value})"
            case Ref():
                through = dict(e.through)
                indices = []
                for p in e.plates:
                    if p in through:
                        indices.append(f"{through[p].lower()}_of[{through[p].lower()}]")
                    elif p == self.scan and e.lag:
                        indices.append(f"{p.lower()}-{e.lag}")
                    else:
                        indices.append(p.lower())
                indices += [i if isinstance(i, str) else self._expr(i) for i in e.indices]
                return f"{e.name}[{', '.join(indices)}]" if indices else e.name
            case Op(name="if"):
                c, a, b = map(self._expr, e.arguments)
                return f"(if {c} then {a} else {b})"
            case Op(name="sigmoid"):
                return f"sigmoid({self._expr(e.arguments[0])})"
            case Op(name="sum"):
                table, row, over = e.arguments
                indices = [*(p.lower() for p in row.plates), *(self._expr(i) for i in row.indices)]
                return (
                    f"sum({over.lower()} in {over}: {table}[{', '.join([*indices, over.lower()])}])"
                )
        left, right = map(self._expr, e.arguments)
        return f"({left} {'*' if e.name == 'scale' else e.name} {right})"


def _brackets(over):
    return f"[{', '.join(over)}]" if over else ""


class Generator:
    """Draws a model, one statement after the other; the same seed gives the same model."""

    def __init__(self, seed, scans=True, maps=True, first=0, ragged=False):
        self.rng = random.Random(seed)
        names = self.rng.sample(["I", "S", "T", "T"], self.rng.choice([0, 1, 2, 2, 3, 3, 4]))
        names = list(dict.fromkeys(names))
        self.model = Model({n: self.rng.randint(1, 3) for n in names})
        if scans and "T" in names:
            self.model.scan = "T"
            self.model.plates["T"] = self.rng.randint(2, 3) + first
            self.model.first = first
        if ragged:
            names = ["I", "T", *(["S"] if self.rng.random() < 0.3 else [])]
            self.model = Model({"I": 2, "T": 3, "S": 2}, scan=self.rng.choice(["T", "T", None]))
            self.model.plates = {n: self.model.plates[n] for n in names}
            self.model.lengths = self.rng.choice([[3, 1], [2, 3], [1, 3]])
        if maps and not ragged and "I" in names and "S" in names and self.rng.random() < 0.5:
            self.model.parents["S"] = "I"

    def draw(self):
        rng, model = self.rng, self.model
        for plate, parent in model.parents.items():
            sizes = model.plates[parent], model.plates[plate]
            model.maps[plate] = [rng.randrange(sizes[0]) for _ in range(sizes[1])]
        for plate, size in model.plates.items():
            model.data[f"x_{plate}"] = [round(rng.gauss(0, 1), 2) for _ in range(size)]
        self.table("a")
        for number in range(rng.randint(1, 6)):
            self.discrete(f"z{number}")
            if rng.random() < 0.3:
                self.definition(f"d{number}")
        for number in range(rng.randint(1, 4)):
            self.observed(f"y{number}")
        return model

    # --- statements ---

    def plates(self):
        names = list(self.model.plates)
        chosen = self.rng.sample(names, self.rng.randint(0, len(names)))
        if self.model.lengths and self.rng.random() < 0.5:
            chosen = list(dict.fromkeys([*chosen, "T"]))
        if self.model.lengths and "T" in chosen:  # T is of another length for each element of I
            chosen = ["I", "T", *(p for p in chosen if p not in "IT")]
        # A plate that data maps into another one does not also cross it.
        return tuple(p for p in chosen if p not in self._mapped(chosen))

    def _mapped(self, chosen):
        return {q for p, q in self.model.parents.items() if p in chosen}

    def discrete(self, name):
        rng, model = self.rng, self.model
        plates = self.plates()
        chain = model.scan in plates and rng.random() < 0.8
        kind = rng.choice(
            ["Bernoulli", "Categorical", "Categorical", "Binomial", "DiscreteUniform"]
        )
        over = rng.choice(list(CATEGORIES))
        if kind == "DiscreteUniform":
            chain = False
        first = self.law(kind, over, plates, self.parents(plates, 0))
        site = Site(name, plates, first, nested=rng.random() < 0.5)
        model.statements.append(site)
        if model.assignments() > LARGEST:
            model.statements.pop()
            return
        if chain:
            model.statements.pop()
            earlier = [Ref(name, plates, lag=1), *self.parents(plates, 1)[:1]]
            known = {**model.sites, name: site}
            starts = [first]
            if rng.random() < 0.3:
                starts.append(self.law(kind, over, plates, earlier[:1], known))
                earlier.append(Ref(name, plates, lag=2))
            law = self.law(kind, over, plates, earlier, known)
            model.statements.append(Site(name, plates, law, tuple(starts)))

    def definition(self, name):
        plates = self.plates()
        parents = self.parents(plates, 0)
        self.model.statements.append(Definition(name, plates, self.real(plates, parents)))

    def observed(self, name):
        rng = self.rng
        plates = self.plates()
        kind = rng.choice(["Normal", "Normal", "Bernoulli", "Categorical", "Poisson", "Binomial"])
        over = rng.choice(list(CATEGORIES))
        starts = ()
        law = self.law(kind, over, plates, self.parents(plates, 0, some=True))
        if self.model.scan in plates and rng.random() < 0.3:
            starts = (law,)
            parents = self.parents(plates, 0) + self.parents(plates, 1)
            law = self.law(kind, over, plates, parents)
        self.model.statements.append(
            Site(name, plates, law, starts, observed=True, nested=rng.random() < 0.5)
        )
        draw = {
            "Normal": lambda: round(rng.gauss(0, 1.5), 2),
            "Bernoulli": lambda: rng.randint(0, 1),
            "Categorical": lambda: rng.randrange(CATEGORIES[over]),
            "Poisson": lambda: rng.randint(0, 3),
            "Binomial": lambda: rng.randint(0, 2),
        }[kind]
        self.model.data[name] = self._nested(plates, draw)

    def _nested(self, plates, draw):
        if not plates:
            return draw()
        return [self._nested(plates[1:], draw) for _ in range(self.model.plates[plates[0]])]

    # --- expressions ---

    def parents(self, plates, lag, some=False):
        """Discrete sites and definitions that can be read from a statement over `plates`."""
        model, found = self.model, []
        inside = set(plates) | {model.parents[p] for p in plates if p in model.parents}
        for s in model.statements:
            if isinstance(s, Site) and s.observed:
                continue
            if isinstance(s, Definition) and lag:
                continue
            if set(s.plates) <= inside and (not lag or model.scan in s.plates):
                through = tuple(
                    (q, p) for p, q in model.parents.items() if q in s.plates and p in plates
                )
                found.append(Ref(s.name, s.plates, lag=lag, through=through))
        count = self.rng.choice([1, 1, 2, 2, 3] if some else [0, 0, 1, 1, 2])
        return self.rng.sample(found, min(count, len(found)))

    def table(self, name, plates=(), dims=(), simplex=False):
        latent = Latent(name, plates, dims, simplex)
        self.model.latents.append(latent)
        return latent

    def law(self, kind, over, plates, parents, known=None):
        """A law whose argument reads the given parents."""
        if kind == "DiscreteUniform":
            return Law(kind, None)
        if kind == "Categorical":
            return self.categorical(over, plates, parents, known)
        value = self.real(plates, parents, known)
        if kind == "Normal":
            return Law(kind, value)
        if kind == "Poisson":
            return Law(kind, value, "log_rate")
        if self.rng.random() < 0.5:
            return Law(kind, value, "logits")
        return Law(kind, Op("sigmoid", (value,)), "" if kind == "Binomial" else "probs")

    def categorical(self, over, plates, parents, known=None):
        number = len(self.model.latents)
        index = [p for p in parents if self._category(p, known)]
        rest = [p for p in parents if p not in index]
        if not rest and self.rng.random() < 0.6:
            dims = (*(self._category(p, known) for p in index), over)
            table = self.table(f"w{number}", (), dims, simplex=True)
            return Law("Categorical", Ref(table.name, (), tuple(index)), "", (over,))
        dims = (*(self._category(p, known) for p in index), over)
        table = self.table(f"v{number}", (), dims)
        value = Ref(table.name, (), tuple(index))
        if rest:
            other = self.table(f"u{number}", (), (over,))
            value = Op("+", (value, Op("scale", (self.real(plates, rest, known), Ref(other.name)))))
        return Law("Categorical", value, "logits", (over,))

    def _category(self, parent, known=None):
        site = (known or self.model.sites).get(parent.name)
        return site.law.extra[0] if site is not None and site.law.name == "Categorical" else None

    def real(self, plates, parents, known=None):
        value = self.leaf(plates)
        for parent in parents:
            term = self.term(plates, parent, known)
            value = Op(self.rng.choice("++*"), (value, term))
        return value

    def leaf(self, plates):
        rng = self.rng
        choice = rng.random()
        if choice < 0.4 or not plates:
            return Ref("a") if choice < 0.5 else Number(round(rng.uniform(-1, 1), 1))
        plate = rng.choice(self.model.alone(plates))
        if choice < 0.6:
            return Ref(f"x_{plate}", (plate,))
        name = f"c_{plate}"
        if name not in {latent.name for latent in self.model.latents}:
            self.table(name, (plate,))
        return Ref(name, (plate,))

    def term(self, plates, parent, known=None):
        rng = self.rng
        over = self._category(parent, known)
        number = len(self.model.latents)
        choice = rng.random()
        if over and choice < 0.3:
            return Ref(self.table(f"b{number}", (), (over,)).name, (), (parent,))
        if over and choice < 0.45 and plates:
            table = self.table(f"b{number}", (plates[0],), (over,))
            return Ref(table.name, (plates[0],), (parent,))
        if over and choice < 0.6:
            table = self.table(f"s{number}", (), (over, "M"))
            return Op("sum", (table.name, Ref("", (), (parent,)), "M"))
        if choice < 0.8:
            condition = Op(rng.choice(["==", ">="]), (parent, Number(1)))
            low, high = Number(round(rng.uniform(-1, 1), 1)), self.leaf(plates)
            return Op("if", (condition, high, low))
        return Op("*", (parent, Number(round(rng.uniform(-1, 1), 1))))
