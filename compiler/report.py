"""Plans as text: what `pplc check`, `pplc plan` and `pplc compile --emit` print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pplc.compiler.elimination.costs import in_numbers
from pplc.compiler.elimination.eliminate import Chain, Segments, Sum
from pplc.compiler.graph import Definition, Factor, Site
from pplc.compiler.guide.plan import Block
from pplc.compiler.pipeline import Plan


def ledger_text(plan: Plan) -> str:
    """The site ledger: a line for each site with what becomes of it."""
    rows = [(line.site, line.role, line.detail) for line in plan.ledger.lines]
    return _table(("site", "", ""), rows)


def graph_text(plan: Plan) -> str:
    """The graphical model: each statement with its plates and what it reads."""
    rows = []
    for statement in plan.graph.statements:
        what = {Site: "site", Definition: "definition", Factor: "factor"}[type(statement)]
        plates = ", ".join(b.index_set for b in statement.binders) or "-"
        reads = ", ".join(sorted(statement.reads)) or "-"
        rows.append((statement.name, what, plates, reads))
    return _table(("name", "kind", "plates", "reads"), rows)


def elimination_text(plan: Plan, sizes: Mapping[str, int] | None = None) -> str:
    """What is summed out, in order, with its cost: in terms of the sizes, and in numbers."""
    steps = plan.elimination.steps
    if not steps:
        return "nothing is summed out\n"
    lines = []
    for number, step in enumerate(steps, 1):
        inputs = " + ".join(t.name for t in step.inputs)
        cost = f": {in_numbers(step, sizes or {})}" if isinstance(step, Sum | Chain) else ""
        match step:
            case Sum():
                what = f"sum out {step.variable} of {inputs}"
            case Chain():
                what = f"sum out {' and '.join(step.sites)} along {step.scan} of {inputs}"
            case Segments():
                what = f"add up {inputs} over {step.plate} within each {step.onto}"
            case _:
                over = f" over {', '.join(step.plates)}" if step.plates else ""
                what = f"add up {inputs}{over}"
        lines.append(f"{number}. {what} -> {step.output.name}{cost}")
    return "\n".join(lines) + "\n"


def guide_text(plan: Plan) -> str:
    """The whole guide, derived parts too, as a `guide` block that asks for the same guide.

    What no line can ask for, as what is centred by degrees, is left to `* ~ structured`, under a
    comment that says what that is.
    """
    inside = [p.text for p in plan.graph.params.values() if p.guide and p.local]
    rest = [block for block in plan.guide.blocks if _only_derived(block, plan)]
    definitions = list(plan.guide.definitions)
    words = {"dense": "mvn", "diagonal": "normal", "point": "point"}
    for block in plan.guide.blocks:
        if _only_derived(block, plan):
            continue
        targets = ", ".join(block.sites)
        left = f"({targets})" if len(block.sites) > 1 else targets
        if block.statement is not None:
            # those before what it reads were written before it: they read nothing later
            read = [i for i, d in enumerate(definitions, 1) if d.name in block.statement.reads]
            count = max(read, default=0)
            inside += [d.text for d in definitions[:count]] + [block.statement.text]
            definitions = definitions[count:]
        elif block.family == "local":
            inside.append(f"{_each(plan, block)} ~ mvn")
        elif block.family == "lowrank":
            inside.append(f"{left} ~ lowrank({block.rank})")
        else:
            inside.append(f"{left} ~ {words[block.family]}")
    if rest:
        detail = {line.site: line.detail for line in plan.ledger.lines}
        inside += [f"# {site}: {detail[site]}" for block in rest for site in block.sites]
        asked = any(block.family == "dense" and block.span is not None for block in rest)
        inside.append("* ~ mvn" if asked else "* ~ structured")
    inside += [d.text for d in definitions]
    return "\n".join(["guide {", *(f"  {line}" for line in inside), "}"]) + "\n"


def _only_derived(block: Block, plan: Plan) -> bool:
    """Whether a block is derived in a form that a line of the guide block cannot ask for."""
    return not block.named and (
        block.family == "local" or bool(set(block.sites) & set(plan.guide.centred))
    )


def _each(plan: Plan, block: Block) -> str:
    """The sites of a block for each element, with their indices: `(a[n], b[n])`."""
    targets = []
    for name in block.sites:
        indices = ", ".join(b.variable for b in plan.graph.sites[name].written)
        targets.append(f"{name}[{indices}]")
    return f"({', '.join(targets)})" if len(targets) > 1 else targets[0]


def plan_text(plan: Plan, sizes: Mapping[str, int] | None = None) -> str:
    """Graph, elimination and guide, each under its heading; costs in numbers where sizes are."""
    sections = (
        ("model", graph_text(plan)),
        ("sites", ledger_text(plan)),
        ("elimination", elimination_text(plan, sizes)),
        ("guide", guide_text(plan)),
    )
    return "\n".join(f"{title}\n{_indented(text)}" for title, text in sections)


def _indented(text: str) -> str:
    return "".join(f"  {line}\n" for line in text.splitlines())


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    """Aligned columns; the head is left out where it names nothing but the first column."""
    table = [head, *rows] if all(head) else rows
    widths = [max((len(row[i]) for row in table), default=0) for i in range(len(head))]
    lines = ("  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)) for row in table)
    return "".join(f"{line.rstrip()}\n" for line in lines)
