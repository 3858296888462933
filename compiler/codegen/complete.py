"""The model without elimination: every discrete latent has a value, as the others have.

`pplc check --verify` adds the density of this module up over all values, and compares.
"""

from __future__ import annotations

from pplc.compiler.codegen.densities import DensityWriter
from pplc.compiler.codegen.draws import write_prior
from pplc.compiler.codegen.frame import Frame
from pplc.compiler.codegen.module import write_imports, write_prepare
from pplc.compiler.codegen.writer import Writer
from pplc.compiler.elimination.eliminate import EliminationPlan
from pplc.compiler.graph import ModelGraph
from pplc.compiler.simulation import simulated

#: A plan by which nothing is summed out.
NOTHING = EliminationPlan(
    variables={},
    kept={},
    steps=(),
    totals=(),
    covers={},
    leaves={},
    split=frozenset(),
    nested={},
)


def write_complete(graph: ModelGraph) -> str:
    """A module with `prepare`, `factors`, `contract`, `model` and `prior`.

    `model` is the log density of latents of which the discrete ones are some, `prior` draws them
    all, and the data that can be simulated too.
    """
    body = Writer()
    write_prepare(body, graph, NOTHING)
    densities = DensityWriter(Frame(graph, NOTHING, enumerate=True))
    densities.factors(body)
    densities.contract(body)
    densities.model(body)
    write_prior(body, simulated(graph), NOTHING)
    head = Writer()
    write_imports(head, body.text)
    return head.text + body.text
