"""Generated densities against the statements themselves, computed one element after the other.

Of every spec, and of specs made up at random; of the statements without summed-out sites, which
are compared with the sum over all their values elsewhere.
"""

import random

import pytest
import torch
from numeric.compiled import SPECS, small_data, target_of
from numeric.element_by_element import Elements, NothingToReduceError
from robustness.invented import Author

from pplc.compiler.expressions import Evaluate, walk
from pplc.compiler.graph import Definition, Site
from pplc.compiler.pipeline import compile_spec
from pplc.grammar.source import Source

#: What was wrong once.
TRAPS = {
    "a recurrence in the centring of latents": """
        index T
        data y[T]: real
        a ~ Normal(0, 1)
        s ~ HalfNormal(1)
        scan t in T { trend[t] = 0.5 * trend[t-1] + a from a }
        z[t in T] ~ Normal(trend[t], s)
        y[t in T] ~ Normal(z[t], 1)
    """,
    "brackets in a line that is broken": """
        index Observation, County
        data county_of_observation[Observation]: County
        data log_radon_measurement[Observation]: real
        intercept_of_county[c in County] ~ Normal(0, 1)
        slope_of_the_county[c in County] ~ Normal(0, 1)
        residual[n in Observation] = log_radon_measurement[n] - (
          intercept_of_county[county_of_observation[n]]
          + slope_of_the_county[county_of_observation[n]])
        factor -0.5 * sum(n in Observation: residual[n]^2)
    """,
    "the spread of what does not vary": """
        index N, M
        x[n in N] ~ Normal(0, 1)
        y[n in N] ~ Normal(sd(m in M where true: x[n]), 1)
    """,
}


def terms(text):
    """Each term of the compiled density that is of one statement, beside what that adds up to."""
    compiled = compile_spec(Source("t.ppl", text)).value
    if compiled is None:
        return
    graph, data = compiled.plan.graph, small_data(compiled)
    target = target_of(compiled, data)
    u = 0.5 * torch.randn(2, target.layout.size, dtype=torch.float64)
    latents, _ = target.constrain(u, target.centring)
    log_p = target.module.model(latents, target.data, target.params)
    elements = [
        Elements(graph, data, {name: x[i] for name, x in latents.items()}, target.params)
        for i in range(2)
    ]
    left = others(compiled, target)
    for statement in graph.statements:
        name = statement.name
        if isinstance(statement, Definition) or statement.generated or name in left:
            continue
        try:
            expected = torch.stack([e.log_density(statement) for e in elements])
        except NothingToReduceError:
            continue
        if not expected.isnan().any():  # the mean of nothing
            yield statement.text, log_p[name].expand(2), expected


def others(compiled, target):
    """What is not compared: discrete latents, networks, missing cells that are inferred."""
    statements = compiled.plan.graph.statements
    found = {*compiled.plan.elimination.enumerated}
    found |= {s for b in target.guide if b.family == "discrete" for s in b.sites}
    found |= {s.name for s in statements if isinstance(s, Site) and s.completed}
    readers = set()
    for statement in statements:
        nodes = (node for e in statement.expressions for node in walk(e))
        if statement.reads & found or any(isinstance(node, Evaluate) for node in nodes):
            (found if isinstance(statement, Definition) else readers).add(statement.name)
    return found | readers


def compare(text):
    count = 0
    for statement, found, expected in terms(text):
        torch.testing.assert_close(
            found, expected, rtol=1e-9, atol=1e-9, equal_nan=True, msg=f"{statement}\n{text}"
        )
        count += 1
    return count


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(1)


@pytest.mark.parametrize("path", SPECS, ids=lambda p: p.stem)
def test_the_density_of_a_spec_is_what_its_statements_say(path):
    compare(path.read_text())


@pytest.mark.parametrize("trap", TRAPS)
def test_the_density_is_what_was_wrong_once(trap):
    assert compare(TRAPS[trap])


@pytest.mark.parametrize("start", range(0, 200, 40))
def test_the_density_of_invented_specs_is_what_their_statements_say(start):
    count = 0
    for number in range(start, start + 40):
        text = Author(random.Random(number).choice, wild=0).spec()
        count += compare(text)
    assert count > 20
