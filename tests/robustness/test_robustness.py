"""Whatever is in a spec, checking it gives diagnostics and nothing else; what passes, runs.

Ten thousand specs a run: made up with and without mistakes, and good ones with tokens changed.
They are the same in every run; those of hypothesis it can make smaller where one fails.
"""

import gc
import random
import time
from pathlib import Path

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from robustness.invented import Author
from robustness.running import run

from pplc.compiler.pipeline import check, compile_spec, write
from pplc.grammar.render import diagnostics_json, render_all
from pplc.grammar.source import Source
from pplc.grammar.tables import token_types
from pplc.grammar.tokens import tokenize

TESTS = Path(__file__).parents[1]
PATHS = sorted([*TESTS.glob("good/*.ppl"), *TESTS.parent.glob("specs/**/*.ppl")])
TOKENS = [[t.text for t in tokenize(path.read_text(), token_types())] for path in PATHS]
WORDS = sorted({word for tokens in TOKENS for word in tokens} | {"2.5", "scan", "from", "inf"})
CHUNKS = 40
MADE_UP, CHANGED = 105, 140  # in each chunk
EXAMPLES = 200
RUN_EVERY = 20


def test_there_are_ten_thousand_inputs():
    # What follows counts those that it has gone through.
    assert CHUNKS * (MADE_UP + CHANGED) + EXAMPLES >= 10_000


def checked(text):
    """The plan of a spec that has no mistakes; the diagnostics of others can all be shown."""
    source = Source("made_up.ppl", text)
    result = check(source)
    codes = {d.code for d in result.diagnostics}
    assert not {code for code in codes if code.startswith("X")}, text
    errors = [d for d in result.diagnostics if d.severity == "error"]
    assert (result.value is None) == bool(errors)
    for diagnostic in result.diagnostics:
        assert diagnostic.span is None or diagnostic.span.end <= len(text)
    return source, result


def ran(source, plan, seed=0):
    try:
        run(write(plan, source).source, seed)
    except Exception as error:
        error.add_note(source.text)
        raise


def author(seed, wild):
    chosen = random.Random(seed)
    return Author(lambda options: options[int(chosen.random() * len(options))], wild=wild).spec()


def changed(chosen):
    """The tokens of a good spec, a few of them deleted, doubled, swapped or replaced."""
    tokens = list(chosen.choice(TOKENS))
    for _ in range(chosen.randint(1, 3)):
        at, other = chosen.randrange(len(tokens)), chosen.randrange(len(tokens))
        match chosen.randrange(5):
            case 0:
                tokens[at] = ""
            case 1:
                tokens[at] = f"{tokens[at]} {tokens[at]}"
            case 2:
                tokens[at], tokens[other] = tokens[other], tokens[at]
            case 3:
                tokens[at] = chosen.choice(WORDS)
            case 4:
                del tokens[at + 1 + chosen.randrange(len(tokens)) :]
    return " ".join(tokens)


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_thousands_of_specs(chunk):
    torch.set_num_threads(1)
    done = 0
    for i in range(MADE_UP):
        source, result = checked(author(1_000 * chunk + i, wild=0 if i % 2 else 15))
        if result.value is not None and i % RUN_EVERY == 1:
            ran(source, result.value, seed=i)
        done += 1
    chosen = random.Random(chunk)
    for i in range(CHANGED):
        source, result = checked(changed(chosen))
        if i % RUN_EVERY == 0:
            render_all(result.diagnostics, source)
            diagnostics_json(result.diagnostics, source)
        done += 1
    assert done == MADE_UP + CHANGED


@st.composite
def specs(draw):
    """A spec whose every decision is hypothesis's, so that it can be made smaller."""
    return Author(lambda options: draw(st.sampled_from(options)), wild=draw(st.just(3))).spec()


def test_made_up_specs_compile_and_run():
    seen = []

    @given(specs())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    )
    def compiles_and_runs(text):
        source, result = checked(text)
        render_all(result.diagnostics, source)
        if result.value is not None:
            ran(source, result.value)
        seen.append(text)

    compiles_and_runs()
    assert len(seen) >= EXAMPLES


def long_spec(lines):
    """A spec of so many lines: globals, latents of a plate, and definitions between them."""
    text = ["index N", "data y[N]: real", "a0 ~ Normal(0, 1)"]
    count = (lines - 4) // 3
    for i in range(1, count + 1):
        text.append(f"a{i} ~ Normal(0.5 * a{i - 1}, 1)")
        text.append(f"b{i} = exp(0.1 * a{i}) + {i}")
        text.append(f"c{i}[n in N] ~ Normal(a{i}, b{i})")
    text.append(f"y[n in N] ~ Normal(c{count}[n], b{count})")
    return "\n".join(text) + "\n"


def chain(lines):
    """Each definition reads the one before."""
    text = [f"d{i} = 0.9 * d{i - 1} + {i}" for i in range(1, lines - 3)]
    ends = f"y ~ Normal(d{lines - 4}, 1)"
    return "\n".join(["data y: real", "a ~ Normal(0, 1)", "d0 = a", *text, ends]) + "\n"


def mixtures(lines):
    """Many discrete latents, each summed out."""
    text = ["index N", "index K = 2"]
    for i in range(lines // 5):
        text += [f"data y{i}[N]: real", f"w{i} ~ Dirichlet(fill(1, K))"]
        text += [f"m{i}[k in K] ~ Normal(0, 1) ordered", f"z{i}[n in N] ~ Categorical(w{i})"]
        text.append(f"y{i}[n in N] ~ Normal(m{i}[z{i}[n]], 1)")
    return "\n".join(text) + "\n"


def terms(lines):
    """One sum and one product, with so many operands together."""
    total = " + ".join(f"a * {i}" for i in range(lines // 4))
    product = " * ".join(f"(1 - p / {i + 2})" for i in range(lines // 4))
    text = [f"y ~ Normal({total}, {product})", "data y: real", "a ~ Normal(0, 1)", "p ~ Beta(2, 2)"]
    return "\n".join(text) + "\n"


def chains(lines):
    """Many chains along one index set, each reading earlier elements of the one before."""
    text = [
        "index T",
        "data y[T]: real",
        "scan t in T {",
        "  x0[t] ~ Normal(x0[t-1], 1) from Normal(0, 1)",
    ]
    for i in range(1, lines // 2):
        text.append(f"  x{i}[t] ~ Normal(x{i}[t-1] + x{i - 1}[t-1], 1) from Normal(0, 1)")
    return "\n".join([*text, "}", f"y[t in T] ~ Normal(x{lines // 2 - 1}[t], 1)"]) + "\n"


def families(lines):
    """Many latents of one plate, all in one likelihood."""
    names = [f"c{i}" for i in range(lines // 2)]
    text = ["index N", "data y[N]: real", *(f"{c}[n in N] ~ Normal(0, 1)" for c in names)]
    text.append(f"y[n in N] ~ Normal({' + '.join(f'{c}[n]' for c in names)}, 1)")
    return "\n".join(text) + "\n"


def checks(text):
    """The first half of compiling."""
    assert check(Source("long.ppl", text)).value is not None


def compiles(text):
    """All of it."""
    assert compile_spec(Source("long.ppl", text)).value is not None


@pytest.mark.parametrize(
    ("step", "kind"),
    [
        (checks, long_spec),
        (compiles, long_spec),
        (compiles, chain),
        (compiles, mixtures),
        (compiles, terms),
        (checks, families),
        (checks, chains),
    ],
)
def test_the_time_is_close_to_linear(step, kind):
    # benchmarks/startup.py has it in seconds.
    gc.collect()
    gc.freeze()  # what other tests have left is not looked through again
    assert _seconds(step, kind(2000)) < 8 * _seconds(step, kind(500))


def _seconds(step, text):
    def once():
        began = time.process_time()
        step(text)
        return time.process_time() - began

    return min(once() for _ in range(2))


@pytest.mark.parametrize("earlier", [1, 2])
def test_definitions_on_definitions_are_gone_through_once(earlier):
    text = ["data y: real", "a ~ Normal(0, 1)", "d0 = a", "d1 = 2 * a"]
    text += [f"d{i} = d{i - 1} + d{i - earlier}" for i in range(2, 600)]
    text.append("y ~ Normal(d599, 1)")
    assert check(Source("deep.ppl", "\n".join(text) + "\n")).value is not None
