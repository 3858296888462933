"""The whole compiler, as the list of its passes."""

from __future__ import annotations

import hashlib
from collections.abc import Collection
from typing import Any

from pplc.compiler import pedantic as warnings
from pplc.compiler.align import Ledger, keep_ledger
from pplc.compiler.elimination.costs import known_sizes, over_budget
from pplc.compiler.elimination.eliminate import EliminationPlan, eliminate
from pplc.compiler.graph import ModelGraph
from pplc.compiler.guide.derive import derive_guide
from pplc.compiler.guide.plan import GuidePlan
from pplc.compiler.guide_block.block import lower_guide
from pplc.compiler.lower.fit_block import FitOptions, lower_fit
from pplc.compiler.lower.model import lower
from pplc.compiler.names.resolve import resolve
from pplc.compiler.records import Record
from pplc.compiler.subsample import Subsample, subsample
from pplc.grammar.catalogue.indices import UnknownIndexSet
from pplc.grammar.diagnostics import Diagnostic, Result
from pplc.grammar.parse import read
from pplc.grammar.source import Source

_AS_FLAG = "minibatches are of an index set that the spec declares"

#: Written into every module; the runtime refuses a form it does not know.
VERSION = "0.1.0"


class Plan(Record):
    """All that is decided before any code is written."""

    graph: ModelGraph
    elimination: EliminationPlan
    guide: GuidePlan
    ledger: Ledger
    fit: FitOptions = FitOptions()
    #: What a minibatch takes along, where there are minibatches.
    subsample: Subsample | None = None


class Compiled(Record):
    """A generated module: its text, its `METADATA`, and the plan behind it."""

    source: str
    metadata: dict[str, Any]
    plan: Plan


def check(
    source: Source,
    *,
    pedantic: bool = False,
    batch: tuple[str, int] | None = None,
    frozen: Collection[str] = (),
) -> Result[Plan]:
    """Everything that can be known before data; with `pedantic`, more warnings.

    `batch` wins over what the spec says about minibatches: an index set, and how many elements at
    a time. `frozen` are continuous latents that a fit holds fixed where it starts. The plan is
    there if and only if no diagnostic is an error.
    """
    reading = read(source)
    problems: list[Diagnostic] = list(reading.diagnostics)
    if reading.spec is None:
        return Result(None, tuple(problems))
    names = resolve(reading.spec, reading.unread)
    problems += names.diagnostics
    assert names.value is not None
    lowered = lower(source, names.value)
    problems += lowered.diagnostics
    assert lowered.value is not None
    guided = lower_guide(source, names.value, lowered.value)
    problems += guided.diagnostics
    options = lower_fit(source, names.value, lowered.value)
    problems += options.diagnostics
    assert options.value is not None
    if guided.value is None or _has_errors(problems):
        return Result(None, _in_order(problems))
    graph, request = guided.value
    request = request.holding(frozen)
    elimination = eliminate(graph, request.kept)
    problems += elimination.diagnostics
    if elimination.value is None or _has_errors(problems):
        return Result(None, _in_order(problems))
    problems += warnings.ordinary(graph, names.value, source)
    problems += over_budget(graph, elimination.value, known_sizes(graph))
    if pedantic:
        problems += warnings.pedantic(graph, source)
    guide = derive_guide(graph, elimination.value, request)
    fit = options.value.with_batch(batch)
    taken = _in_parts(graph, elimination.value, guide, fit)
    problems += taken.diagnostics
    if _has_errors(problems):
        return Result(None, _in_order(problems))
    if pedantic and taken.value is not None:
        problems += warnings.unamortised(graph, guide, taken.value)
    plan = Plan(
        graph=graph,
        elimination=elimination.value,
        guide=guide,
        ledger=keep_ledger(graph, elimination.value, guide),
        fit=fit,
        subsample=taken.value,
    )
    return Result(plan, _in_order(problems))


def _in_parts(
    graph: ModelGraph, elimination: EliminationPlan, guide: GuidePlan, fit: FitOptions
) -> Result[Subsample]:
    """What a minibatch takes along; neither a value nor a problem where there are none."""
    if fit.batch is None:
        return Result(None)
    index_set, size = fit.batch
    if index_set not in graph.index_sets:
        return Result(None, (UnknownIndexSet(span=None, name=index_set, help_text=_AS_FLAG),))
    return subsample(graph, elimination, guide, index_set, size)


def compile_spec(
    source: Source, batch: tuple[str, int] | None = None, frozen: Collection[str] = ()
) -> Result[Compiled]:
    """`check`, and then the Python text of the model and its guide."""
    checked = check(source, batch=batch, frozen=frozen)
    return checked.then(lambda plan: Result(write(plan, source)))


def write(plan: Plan, source: Source) -> Compiled:
    """The generated module of a plan."""
    from pplc.compiler.codegen.metadata import metadata
    from pplc.compiler.codegen.module import write_module

    spec = {
        "name": source.name.replace("\\", "/").rsplit("/", 1)[-1],
        "sha256": hashlib.sha256(source.text.encode()).hexdigest(),
    }
    entries = metadata(plan.graph, plan.elimination, plan.guide, plan.ledger, spec, VERSION)
    options = plan.fit.replaced(batch=None).plain()
    asked = {name: value for name, value in options.items() if value is not None}
    if asked:
        entries["fit"] = asked
    if plan.subsample is not None:
        entries["batch"] = plan.subsample.plain()
    text = write_module(plan.graph, plan.elimination, plan.guide, plan.ledger, entries)
    return Compiled(source=text, metadata=entries, plan=plan)


def _has_errors(problems: list[Diagnostic]) -> bool:
    return any(p.severity == "error" for p in problems)


def _in_order(problems: list[Diagnostic]) -> tuple[Diagnostic, ...]:
    return tuple(sorted(problems, key=lambda p: p.span.start if p.span else -1))
