"""A model whose data are drawn too."""

from __future__ import annotations

from pplc.compiler.graph import ModelGraph, Site


def simulated(graph: ModelGraph) -> ModelGraph:
    """The model with its observed sites as latents, where they can be drawn as a whole.

    What is left are data that begin later than they are declared, have missing cells, or are
    computed from other data.
    """
    drawn = {s.name for s in graph.sites.values() if _can_be_drawn(graph, s)}
    return ModelGraph(
        index_sets=graph.index_sets,
        data={name: data for name, data in graph.data.items() if name not in drawn},
        params=graph.params,
        statements=tuple(
            s.replaced(observed=False) if s.name in drawn else s for s in graph.statements
        ),
    )


def _can_be_drawn(graph: ModelGraph, site: Site) -> bool:
    if not site.observed or site.name not in graph.data or graph.data[site.name].missing:
        return False
    return not any(b.start for b in site.binders)
