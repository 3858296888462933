"""A model says the same whatever its names are: so long that every line has to be broken."""

import re
from pathlib import Path

import pytest
import torch

from pplc.compiler.pipeline import compile_spec
from pplc.grammar.source import Source
from pplc.runtime.data import Data
from pplc.runtime.manifest import Manifest
from pplc.runtime.module import load_module
from pplc.runtime.objective import Target
from pplc.verify.invented import invented
from pplc.verify.small import small_sizes

ROOT = Path(__file__).parents[2]
SPECS = [p for top in ("specs", "tests/good") for p in sorted((ROOT / top).rglob("*.ppl"))]
WORD = re.compile(r"[A-Za-z_]\w*")


def compiled(text):
    result = compile_spec(Source("t.ppl", text))
    assert result.value is not None, result.diagnostics
    return result.value


def declared(graph):
    """All names that the user has chosen."""
    parts = (graph.sites, graph.definitions, graph.index_sets, graph.data, graph.params, graph.nets)
    return {name for part in parts for name in part}


def long(name):
    return f"the_rather_long_name_of_{name}_as_people_write_it"


def renamed(text, names):
    """The spec with other names; a name before `=` in brackets is that of an argument."""
    text, depth, at, pieces = re.sub(r"#.*", "", text), 0, 0, []
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
    module = load_module(plan.source, "t.ppl")
    target = Target(module, module.prepare(data))
    generator = torch.Generator().manual_seed(2)

    def some(shapes, *particles):
        return {
            name: 0.3 * torch.randn((*particles, *shape), generator=generator, dtype=torch.float64)
            for name, shape in shapes.items()
        }

    free = {name: x.shape for name, x in target.free_params.items()}
    phi = some(target.guide_shapes | free)
    params = target.params_at(phi)
    latents, log_q = module.guide(phi, some(target.noise_shapes, 2), target.data, params)
    log_p = module.model(latents, target.data, params)
    return log_p | {f"{name} in the guide": term for name, term in log_q.items()}


@pytest.mark.parametrize("path", SPECS, ids=lambda p: p.stem)
def test_the_density_is_the_same(path):
    plan = compiled(path.read_text())
    names = declared(plan.plan.graph)
    other = compiled(renamed(path.read_text(), names))

    def key(name):
        return WORD.sub(lambda word: long(word[0]) if word[0] in names else word[0], name)

    manifest = Manifest.model_validate(load_module(plan.source, "t.ppl").METADATA)
    data = invented(manifest, small_sizes(plan.plan.graph))
    same = Data(
        {key(n): x for n, x in data.arrays.items()},
        {key(n): size for n, size in data.sizes.items()},
        {key(n): labels for n, labels in data.labels.items()},
        present={key(n): x for n, x in data.present.items()},
    )
    expected, found = densities(plan, data), densities(other, same)
    assert list(found) == [key(name) for name in expected]
    for name, value in expected.items():
        torch.testing.assert_close(found[key(name)], value, rtol=1e-12, atol=1e-12, equal_nan=True)
