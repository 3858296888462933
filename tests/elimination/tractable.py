"""Which random models tensor variable elimination can sum out (Obermeyer et al. 2019, algorithm 1).

Written on sets of names, for the tests alone. A chain along a scan is summed out as a whole, after
everything else that lives in its plates; a plate that data maps into another is nested in it.
"""

from elimination.random_models import Definition, Op, Ref, Site


def tractable(model):
    factors = []
    for site in model.sites.values():
        reads = set().union(*(_reads(model, law.argument) for law in (site.law, *site.starts)))
        own = set() if site.observed else {(site.name, 0)}
        plates = set(site.plates) | {model.parents[p] for p in site.plates if p in model.parents}
        if reads | own:
            factors.append((frozenset(plates), frozenset(reads | own)))
    home = {}
    for plates, variables in factors:
        for name, _ in variables:
            home[name] = home.get(name, plates) & plates
    while factors:
        deepest = max((plates for plates, _ in factors), key=len)
        here = [v for p, v in factors if p == deepest]
        factors = [f for f in factors if f[0] != deepest]
        while here:
            group, here = _component(here, {name for name, at in home.items() if at == deepest})
            variables = set().union(*group)
            local = {name for name, _ in variables if home[name] == deepest}
            chain = any(lag and name in local for name, lag in variables)
            left = deepest - {model.scan} if chain else deepest
            rest = frozenset(v for v in variables if v[0] not in local)
            outer = frozenset().union(*(home[name] for name, _ in rest))
            if rest and (outer == deepest or not outer <= left):
                return False
            if rest:
                factors.append((outer, rest))
    return True


def _component(here, local):
    """The factors that are connected to the first one through local variables, and the others."""
    group, rest = [here[0]], here[1:]
    while True:
        names = {n for v in group for n, _ in v} & local
        more = [v for v in rest if names & {n for n, _ in v}]
        if not more:
            return group, rest
        group += more
        rest = [v for v in rest if not names & {n for n, _ in v}]


def _reads(model, e):
    """The discrete sites that an expression depends on, each with how far back it looks."""
    match e:
        case Ref(name=name):
            found = set().union(*(_reads(model, i) for i in e.indices))
            statement = next((s for s in model.statements if s.name == name), None)
            if isinstance(statement, Definition):
                found |= _reads(model, statement.value)
            elif isinstance(statement, Site) and not statement.observed:
                found.add((name, e.lag))
            return found
        case Op():
            return set().union(*(_reads(model, a) for a in e.arguments if not isinstance(a, str)))
    return set()
