"""What holds of every spec: its names and its order do not matter, and its guide has a density."""

import math
import random
import re

import pytest
import torch
from numeric.compiled import SPECS, plan_of, small_data, target_of

from pplc.grammar import nodes
from pplc.grammar.parse import parse
from pplc.grammar.source import Source
from pplc.runtime.data import Data

WORD = re.compile(r"[A-Za-z_]\w*")
ONE_TO_ONE = {"dense", "diagonal", "local", "discrete"}  # families that map noise one to one

every_spec = pytest.mark.parametrize("path", SPECS, ids=lambda p: p.stem)


def without_comments(path):
    return re.sub(r"#.*", "", path.read_text())


def some(shapes, *particles):
    """Random numbers of some shapes, the same for the same shapes."""
    generator = torch.Generator().manual_seed(2)
    return {
        name: 0.3 * torch.randn((*particles, *shape), generator=generator, dtype=torch.float64)
        for name, shape in shapes.items()
    }


def some_phi(target):
    free = {name: x.shape for name, x in target.free_params.items()}
    return some(target.guide_shapes | free)


# --- names ---------------------------------------------------------------------------------------


def declared(graph):
    """All names that the user has chosen."""
    parts = (graph.sites, graph.definitions, graph.index_sets, graph.data, graph.params, graph.nets)
    return {name for part in parts for name in part}


def long(name):
    """A name with which most lines have to be broken."""
    return f"the_rather_long_name_of_{name}_as_people_write_it"


def renamed(text, names):
    """The spec with other names; a name before `=` in brackets is that of an argument."""
    depth, at, pieces = 0, 0, []
    for word in WORD.finditer(text):
        between = text[at : word.start()]
        depth += between.count("(") - between.count(")")
        is_argument = depth > 0 and re.match(r"\s*=[^=]", text[word.end() :])
        is_other = word[0] not in names or is_argument
        pieces += [between, word[0] if is_other else long(word[0])]
        at = word.end()
    return "".join([*pieces, text[at:]])


def densities(plan, data):
    """Of the same draws of the guide, in the order of the names: in the model and in the guide."""
    target = target_of(plan, data)
    phi = some_phi(target)
    params = target.params_at(phi)
    noise = some(target.noise_shapes, 2)
    latents, log_q = target.module.guide(phi, noise, target.data, params)
    log_p = target.module.model(latents, target.data, params)
    return log_p | {f"{name} in the guide": term for name, term in log_q.items()}


@every_spec
def test_names_do_not_matter(path):
    text = without_comments(path)
    plan = plan_of(text)
    names = declared(plan.plan.graph)

    def key(name):
        return WORD.sub(lambda word: long(word[0]) if word[0] in names else word[0], name)

    data = small_data(plan)
    same = Data(
        {key(n): x for n, x in data.arrays.items()},
        {key(n): size for n, size in data.sizes.items()},
        {key(n): labels for n, labels in data.labels.items()},
        present={key(n): x for n, x in data.present.items()},
    )
    expected, found = densities(plan, data), densities(plan_of(renamed(text, names)), same)
    assert list(found) == [key(name) for name in expected]
    for name, value in expected.items():
        torch.testing.assert_close(found[key(name)], value, rtol=1e-12, atol=1e-12, equal_nan=True)


# --- order ---------------------------------------------------------------------------------------


def shuffled(text):
    """The same statements in another order."""
    spec = parse(Source("t.ppl", text)).value
    statements = []
    for statement in spec.statements:
        own = text[statement.span.start : statement.span.end]
        several = isinstance(statement, nodes.IndexDecl) and not own.startswith("index ")
        statements.append(f"index {own}" if several else own)
    random.Random(len(text)).shuffle(statements)
    return "\n".join(statements) + "\n"


@every_spec
def test_the_order_of_statements_does_not_matter(path):
    text = without_comments(path)
    plan = plan_of(text)
    data = small_data(plan)
    target, other = target_of(plan, data), target_of(plan_of(shuffled(text)), data)
    u = some({"u": (target.layout.size,)}, 2)["u"]
    latents, _ = target.constrain(u, target.centring)
    one, two = (
        sum(t.module.model(latents, t.data, target.params).values()) for t in (target, other)
    )
    torch.testing.assert_close(one, two, rtol=1e-11, atol=1e-11, equal_nan=True)
    (_, one), (_, two) = (t.module.recover(latents, t.data, target.params) for t in (target, other))
    for name, probabilities in one.items():
        torch.testing.assert_close(two[name], probabilities, rtol=1e-11, atol=1e-11)


# --- guide ---------------------------------------------------------------------------------------


@every_spec
@pytest.mark.parametrize("rewritten", [str, shuffled], ids=["as it is", "in another order"])
def test_the_guide_has_the_density_of_the_change_of_variables(path, rewritten):
    plan = plan_of(rewritten(without_comments(path)))
    target = target_of(plan, small_data(plan))
    if not {block.family for block in target.guide} <= ONE_TO_ONE:
        pytest.skip("points have no density, and some distributions take more noise")
    phi = some_phi(target)
    params = target.params_at(phi)
    sizes = [math.prod(shape) for shape in target.noise_shapes.values()]

    def drawn(flat):
        """From noise [n, D]: points in unconstrained space [n, D], and their log density there."""
        parts = zip(target.noise_shapes.items(), flat.split(sizes, -1), strict=True)
        noise = {name: part.reshape(len(flat), *shape) for (name, shape), part in parts}
        latents, log_q = target.module.guide(phi, noise, target.data, params)
        u = target.unconstrain(latents, target.centring)
        _, log_jacobian = target.constrain(u, target.centring)
        kept = {s for b in target.guide if b.family == "discrete" for s in b.sites}
        log_q = sum(term for name, term in log_q.items() if name not in kept)
        return u, log_q + sum(log_jacobian.values())

    noise = some({"noise": (1, sum(sizes))})["noise"]
    step = 1e-5 * torch.eye(sum(sizes), dtype=torch.float64)
    jacobian = (drawn(noise + step)[0] - drawn(noise - step)[0]) / 2e-5
    log_normal = torch.distributions.Normal(0, 1).log_prob(noise).sum()
    expected = log_normal - torch.linalg.slogdet(jacobian).logabsdet
    torch.testing.assert_close(drawn(noise)[1][0], expected, rtol=1e-6, atol=1e-6)
