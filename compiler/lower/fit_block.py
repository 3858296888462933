"""The `fit` block: options of a run, each of which is a flag of `pplc fit` too."""

from __future__ import annotations

from pplc.compiler.advice.wording import closest
from pplc.compiler.graph import ModelGraph
from pplc.compiler.names.names import Names
from pplc.compiler.records import Record
from pplc.grammar import nodes
from pplc.grammar.catalogue.indices import UnknownIndexSet
from pplc.grammar.catalogue.names import (
    DefinedTwice,
    OptionValue,
    UnknownOption,
)
from pplc.grammar.diagnostics import Diagnostic, Fix, Note, Result
from pplc.grammar.source import Source, Span

#: The smallest value of each option.
_SMALLEST = {"seed": 0, "draws": 1, "particles": 1, "steps": 1, "batch": 1}

#: What other tools call them.
_ALIASES = {
    "num_samples": "draws",
    "n_samples": "draws",
    "samples": "draws",
    "iter": "steps",
    **dict.fromkeys(("num_steps", "iterations", "num_iterations", "n_iter", "epochs"), "steps"),
    "num_particles": "particles",
    "subsample_size": "batch",
    "batch_size": "batch",
    "minibatch": "batch",
    "random_seed": "seed",
}


class FitOptions(Record):
    """What the spec says about its runs; a flag of `pplc fit` wins."""

    seed: int | None = None
    draws: int | None = None
    particles: int | None = None
    steps: int | None = None
    #: The index set that is taken in parts, and how many elements at a time.
    batch: tuple[str, int] | None = None

    def with_batch(self, batch: tuple[str, int] | None) -> FitOptions:
        """The same options with minibatches as asked for elsewhere, if they are."""
        return self if batch is None else self.replaced(batch=batch)


def lower_fit(source: Source, names: Names, graph: ModelGraph) -> Result[FitOptions]:
    """The options of all `fit` blocks.

    Diagnostics: options that do not exist (E290), that are given twice, or whose values are not
    whole numbers (E291).
    """
    problems: list[Diagnostic] = []
    places: dict[str, Span] = {}
    options = FitOptions()
    for option in (o for fit in names.fits for o in fit.body):
        problem = _problem(option, source, graph)
        key = option.name.id
        if problem is None and key in places:
            note = Note(f"`{key}` is given here", places[key])
            problem = DefinedTwice(
                span=option.name.span, notes=(note,), name=key, again="given again"
            )
        if problem is not None:
            problems.append(problem)
            continue
        places[key] = option.name.span
        assert isinstance(option.value, nodes.Number)
        size = int(option.value.value)
        value = size if option.index_set is None else (option.index_set.id, size)
        options = options.replaced(**{key: value})
    return Result(options, tuple(problems))


def _problem(option: nodes.FitOption, source: Source, graph: ModelGraph) -> Diagnostic | None:
    """What is wrong with an option by itself."""
    name = option.name.id
    if name not in _SMALLEST:
        suggestion = _ALIASES.get(name.lower()) or closest(name, _SMALLEST)
        if suggestion == "batch":
            suggestion = f"batch {next(iter(graph.index_sets), 'N')}"
        return UnknownOption(
            span=option.name.span,
            name=name,
            help_text=f"did you mean `{suggestion}`?" if suggestion else None,
            fixes=(Fix(f"write `{suggestion}`", option.name.span, suggestion),)
            if suggestion
            else (),
        )
    over = option.index_set
    if name == "batch" and over is None:
        return OptionValue(
            span=option.span, name=name, problem="names the index set that is taken in parts"
        )
    if name != "batch" and over is not None:
        return OptionValue(span=over.span, name=name, problem="is not about an index set")
    if over is not None and over.id not in graph.index_sets:
        suggestion = closest(over.id, graph.index_sets)
        text = f"did you mean `{suggestion}`?" if suggestion else None
        return UnknownIndexSet(span=over.span, name=over.id, help_text=text)
    value = option.value
    if isinstance(value, nodes.Number) and value.is_integer and value.value >= _SMALLEST[name]:
        return None
    problem = f"is a whole number, at least {_SMALLEST[name]}"
    return OptionValue(span=value.span, name=name, problem=problem)
