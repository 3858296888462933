"""Log densities and gradients of models with discrete latents against Pyro's enumeration."""

from dataclasses import dataclass
from functools import cached_property

import pyro
import pyro.distributions as dist
import pytest
import torch
from pyro.infer import TraceEnum_ELBO

from pplc.compiler.pipeline import compile_spec
from pplc.grammar.source import Source
from pplc.runtime.data import Data
from pplc.runtime.module import load_module

ENUMERATED = {"enumerate": "parallel"}


def latent(name, law):
    """A discrete latent, summed out by Pyro."""
    return pyro.sample(name, law, infer=ENUMERATED)


@dataclass(frozen=True)
class Case:
    """A spec, its sizes, and the same model in Pyro as a function of latents and data."""

    spec: str
    sizes: dict
    model: object
    latents: dict  # name -> (shape, kind)
    data: dict  # name -> (shape, kind); kind is real, bool, nat, or an index set
    plates: int

    @cached_property
    def module(self):
        result = compile_spec(Source("model.ppl", self.spec))
        assert result.ok, [d.message for d in result.diagnostics]
        return load_module(result.value.source, "model.ppl")


def drawn(case, seed):
    """Latents and data at random, in float64."""
    generator = torch.Generator().manual_seed(seed)

    def draw(shape, kind):
        shape = [case.sizes[s] for s in shape]
        x = torch.randn(shape, generator=generator, dtype=torch.float64)
        match kind:
            case "real":
                return x
            case "positive":
                return x.exp()
            case "unit":
                return x.sigmoid()
            case "simplex":
                return x.softmax(-1)
            case "ordered":
                return x.sort(-1).values
            case "bool":
                return (x > 0).double()
            case "nat":
                return torch.randint(4, shape, generator=generator)
        return torch.randint(case.sizes[kind], shape, generator=generator)

    latents = {n: draw(*what).requires_grad_() for n, what in case.latents.items()}
    data = {n: draw(*what) for n, what in case.data.items()}
    return latents, data


def gradients(density, case, latents):
    """Along a simplex only directions that keep its sum count."""
    parts = torch.autograd.grad(density, list(latents.values()))
    found = {}
    for (name, (_, kind)), part in zip(case.latents.items(), parts, strict=True):
        found[name] = part - part.mean(-1, keepdim=True) if kind == "simplex" else part
    return found


def ours(case, latents, arrays):
    labels = {name: tuple(range(size)) for name, size in case.sizes.items()}
    data = case.module.prepare(Data(arrays, case.sizes, labels))
    terms = case.module.model({n: v[None] for n, v in latents.items()}, data, {})
    return torch.stack([t.sum() for t in terms.values()]).sum()


def theirs(case, latents, arrays):
    elbo = TraceEnum_ELBO(max_plate_nesting=case.plates)
    return -elbo.differentiable_loss(lambda: case.model(latents, arrays), lambda: None)


def prior(**laws):
    """Priors of latents at their values; all their dimensions are events."""
    for name, (law, value) in laws.items():
        independent = law.expand(value.shape[: value.dim() - law.event_dim])
        pyro.sample(name, independent.to_event(len(independent.batch_shape)), obs=value)


def tensor(*values):
    return torch.tensor(values, dtype=torch.float64)


def simplex(n, concentration=1.0):
    return dist.Dirichlet(torch.full((n,), concentration, dtype=torch.float64))


NORMAL = dist.Normal(tensor(0.0)[0], tensor(1.0)[0])


# --- 1: a mixture in nested plates ---

NESTED_SPEC = """
index I
index J
index K = 3
index L = 2
data y[I, J]: real
w         ~ Dirichlet(ones(K))
v[k in K] ~ Dirichlet(ones(L))
m[k in K, l in L] ~ Normal(0, 1)
for i in I {
  group[i] ~ Categorical(w)
  for j in J {
    part[i, j] ~ Categorical(v[group[i]])
    y[i, j]    ~ Normal(m[group[i], part[i, j]], 0.7)
  }
}
"""


def nested(q, data):
    prior(w=(simplex(3), q["w"]), v=(simplex(2), q["v"]), m=(NORMAL, q["m"]))
    with pyro.plate("I", 3, dim=-2):
        group = latent("group", dist.Categorical(q["w"]))
        with pyro.plate("J", 4, dim=-1):
            part = latent("part", dist.Categorical(q["v"][group]))
            pyro.sample("y", dist.Normal(q["m"][group, part], 0.7), obs=data["y"])


# --- 2: a hidden Markov model ---

HMM_SPEC = """
index T
index K = 3
data y[T]: real
start ~ Dirichlet(ones(K))
A[k in K] ~ Dirichlet(fill(2, K))
mu[k in K] ~ Normal(0, 1) ordered
sd ~ HalfNormal(1)
scan t in T {
  z[t] ~ Categorical(A[z[t-1]]) from Categorical(start)
  y[t] ~ Normal(mu[z[t]], sd)
}
"""


def hmm(q, data):
    prior(start=(simplex(3), q["start"]), A=(simplex(3, 2.0), q["A"]), mu=(NORMAL, q["mu"]))
    prior(sd=(dist.HalfNormal(tensor(1.0)[0]), q["sd"]))
    pyro.factor("orders of mu", tensor(3.0 * 2.0).log().sum())
    z = None
    for t in pyro.markov(range(6)):
        z = latent(f"z{t}", dist.Categorical(q["start"] if z is None else q["A"][z]))
        pyro.sample(f"y{t}", dist.Normal(q["mu"][z], q["sd"]), obs=data["y"][t])


# --- 3: a topic model ---

TOPICS_SPEC = """
index D
index V
index W
index K = 3
data word[W]: V
data doc[W]: D
phi[k in K]   ~ Dirichlet(fill(0.5, V))
theta[d in D] ~ Dirichlet(ones(K))
for w in W {
  topic[w] ~ Categorical(theta[doc[w]])
  word[w]  ~ Categorical(phi[topic[w]])
}
"""


def topics(q, data):
    prior(phi=(simplex(5, 0.5), q["phi"]), theta=(simplex(3), q["theta"]))
    with pyro.plate("W", 12):
        topic = latent("topic", dist.Categorical(q["theta"][data["doc"]]))
        pyro.sample("word", dist.Categorical(q["phi"][topic]), obs=data["word"])


# --- 4: Dawid and Skene 1979: items of unknown class, seen by annotators who err ---

ANNOTATORS_SPEC = """
index I
index A
index K = 3
index N
data item[N]: I
data who[N]: A
data label[N]: K
share ~ Dirichlet(ones(K))
confusion[a in A, k in K] ~ Dirichlet(ones(K))
class[i in I] ~ Categorical(share)
for n in N { label[n] ~ Categorical(confusion[who[n], class[item[n]]]) }
"""


def annotators(q, data):
    prior(share=(simplex(3), q["share"]), confusion=(simplex(3), q["confusion"]))
    classes = {}
    for i in range(4):
        classes[i] = latent(f"class{i}", dist.Categorical(q["share"]))
    for n, (item, who) in enumerate(zip(data["item"].tolist(), data["who"].tolist(), strict=True)):
        row = q["confusion"][who][classes[item]]
        pyro.sample(f"label{n}", dist.Categorical(row), obs=data["label"][n])


# --- 5: capture and recapture ---

CAPTURE_SPEC = """
index M
index T
data y[M, T]: bool
omega ~ Beta(1, 1)
p[t in T] ~ Beta(2, 1)
for m in M {
  alive[m] ~ Bernoulli(omega)
  for t in T { y[m, t] ~ Bernoulli(if alive[m] then p[t] else 0) }
}
"""


def capture(q, data):
    flat = dist.Beta(tensor(1.0)[0], tensor(1.0)[0])
    prior(omega=(flat, q["omega"]), p=(dist.Beta(tensor(2.0)[0], tensor(1.0)[0]), q["p"]))
    with pyro.plate("M", 5, dim=-2):
        alive = latent("alive", dist.Bernoulli(q["omega"]))
        with pyro.plate("T", 3, dim=-1):
            pyro.sample("y", dist.Bernoulli(alive * q["p"]), obs=data["y"])


# --- 6: two chains that are seen together ---

FACTORIAL_SPEC = """
index T
index K = 2
index L = 3
data y[T]: real
A[k in K] ~ Dirichlet(ones(K))
B[l in L] ~ Dirichlet(ones(L))
a[k in K] ~ Normal(0, 1)
b[l in L] ~ Normal(0, 1)
scan t in T {
  u[t] ~ Categorical(A[u[t-1]]) from Categorical(A[0])
  v[t] ~ Categorical(B[v[t-1]]) from Categorical(B[0])
  y[t] ~ Normal(a[u[t]] + b[v[t]], 0.5)
}
"""


def factorial(q, data):
    prior(A=(simplex(2), q["A"]), B=(simplex(3), q["B"]), a=(NORMAL, q["a"]), b=(NORMAL, q["b"]))
    u, v = torch.tensor(0), torch.tensor(0)
    for t in pyro.markov(range(5)):
        u = latent(f"u{t}", dist.Categorical(q["A"][u]))
        v = latent(f"v{t}", dist.Categorical(q["B"][v]))
        pyro.sample(f"y{t}", dist.Normal(q["a"][u] + q["b"][v], 0.5), obs=data["y"][t])


# --- 7: a chain that looks two steps back ---

SECOND_SPEC = """
index T
index K = 2
data y[T]: nat
A[j in K, k in K] ~ Dirichlet(ones(K))
rate[k in K] ~ LogNormal(0, 1)
scan t in T {
  z[t] ~ Categorical(A[z[t-2], z[t-1]]) from [Categorical(A[0, 0]), Categorical(A[0, z[t-1]])]
  y[t] ~ Poisson(rate[z[t]])
}
"""


def second(q, data):
    wide = dist.LogNormal(tensor(0.0)[0], tensor(1.0)[0])
    prior(A=(simplex(2), q["A"]), rate=(wide, q["rate"]))
    before, last = torch.tensor(0), torch.tensor(0)
    for t in pyro.markov(range(6), history=2):
        z = latent(f"z{t}", dist.Categorical(q["A"][before, last]))
        before, last = last, z
        pyro.sample(f"y{t}", dist.Poisson(q["rate"][z]), obs=data["y"][t].double())


# --- 8: counts with an excess of zeros, by a gate of their own ---

ZEROS_SPEC = """
index N
data x[N]: real
data y[N]: nat
a ~ Normal(0, 1)
b ~ Normal(0, 1)
gate ~ Beta(1, 2)
for n in N {
  open[n] ~ Bernoulli(gate)
  y[n] ~ Poisson(if open[n] then exp(a + b * x[n]) else 0.01)
}
"""


def zeros(q, data):
    prior(a=(NORMAL, q["a"]), b=(NORMAL, q["b"]))
    prior(gate=(dist.Beta(tensor(1.0)[0], tensor(2.0)[0]), q["gate"]))
    rate = (q["a"] + q["b"] * data["x"]).exp()
    with pyro.plate("N", 6):
        is_open = latent("open", dist.Bernoulli(q["gate"]))
        # Nearly zero: at a rate of zero Pyro's gradient is not a number.
        mean = torch.where(is_open == 1, rate, 0.01)
        pyro.sample("y", dist.Poisson(mean), obs=data["y"].double())


# --- 9: a mixture of regressions ---

REGRESSIONS_SPEC = """
index N
index P
index K = 2
data x[N, P]: real
data y[N]: real
w ~ Dirichlet(ones(K))
beta[k in K, p in P] ~ Normal(0, 1)
sd[k in K] ~ HalfNormal(1)
for n in N {
  z[n] ~ Categorical(w)
  y[n] ~ Normal(dot(x[n], beta[z[n]]), sd[z[n]])
}
"""


def regressions(q, data):
    prior(w=(simplex(2), q["w"]), beta=(NORMAL, q["beta"]))
    prior(sd=(dist.HalfNormal(tensor(1.0)[0]), q["sd"]))
    with pyro.plate("N", 7):
        z = latent("z", dist.Categorical(q["w"]))
        mean = (data["x"] * q["beta"][z]).sum(-1)
        pyro.sample("y", dist.Normal(mean, q["sd"][z]), obs=data["y"])


# --- 10: latent classes that answer several items ---

CLASSES_SPEC = """
index N
index Q
index C = 3
data answer[N, Q]: bool
share ~ Dirichlet(ones(C))
p[c in C, i in Q] ~ Beta(2, 2)
for n in N {
  class[n] ~ Categorical(share)
  for i in Q { answer[n, i] ~ Bernoulli(p[class[n], i]) }
}
"""


def classes(q, data):
    prior(share=(simplex(3), q["share"]))
    prior(p=(dist.Beta(tensor(2.0)[0], tensor(2.0)[0]), q["p"]))
    with pyro.plate("N", 5, dim=-2):
        of = latent("class", dist.Categorical(q["share"]))
        with pyro.plate("Q", 4, dim=-1):
            items = torch.arange(4)
            pyro.sample("answer", dist.Bernoulli(q["p"][of, items]), obs=data["answer"])


# --- 11: a switch outside of every plate, and discrete parents of discrete sites ---

SWITCH_SPEC = """
index N
index K = 3
data y[N]: real
on ~ Bernoulli(0.3)
w[s in K] ~ Dirichlet(ones(K))
m[k in K] ~ Normal(0, 1)
shift ~ Normal(0, 1)
first ~ Categorical(w[0])
for n in N {
  z[n] ~ Categorical(w[first])
  y[n] ~ Normal(m[z[n]] + (if on then shift else 0), 1)
}
"""


def switch(q, data):
    prior(w=(simplex(3), q["w"]), m=(NORMAL, q["m"]), shift=(NORMAL, q["shift"]))
    on = latent("on", dist.Bernoulli(tensor(0.3)[0]))
    first = latent("first", dist.Categorical(q["w"][0]))
    with pyro.plate("N", 4):
        z = latent("z", dist.Categorical(q["w"][first]))
        pyro.sample("y", dist.Normal(q["m"][z] + on * q["shift"], 1.0), obs=data["y"])


CASES = {
    "nested mixture": Case(
        NESTED_SPEC,
        {"I": 3, "J": 4, "K": 3, "L": 2},
        nested,
        {"w": ("K", "simplex"), "v": ("KL", "simplex"), "m": ("KL", "real")},
        {"y": ("IJ", "real")},
        2,
    ),
    "hidden Markov model": Case(
        HMM_SPEC,
        {"T": 6, "K": 3},
        hmm,
        {
            "start": ("K", "simplex"),
            "A": ("KK", "simplex"),
            "mu": ("K", "ordered"),
            "sd": ("", "positive"),
        },
        {"y": ("T", "real")},
        0,
    ),
    "topic model": Case(
        TOPICS_SPEC,
        {"D": 3, "V": 5, "W": 12, "K": 3},
        topics,
        {"phi": ("KV", "simplex"), "theta": ("DK", "simplex")},
        {"word": ("W", "V"), "doc": ("W", "D")},
        1,
    ),
    "annotators": Case(
        ANNOTATORS_SPEC,
        {"I": 4, "A": 3, "K": 3, "N": 10},
        annotators,
        {"share": ("K", "simplex"), "confusion": ("AKK", "simplex")},
        {"item": ("N", "I"), "who": ("N", "A"), "label": ("N", "K")},
        0,
    ),
    "capture and recapture": Case(
        CAPTURE_SPEC,
        {"M": 5, "T": 3},
        capture,
        {"omega": ("", "unit"), "p": ("T", "unit")},
        {"y": ("MT", "bool")},
        2,
    ),
    "factorial chains": Case(
        FACTORIAL_SPEC,
        {"T": 5, "K": 2, "L": 3},
        factorial,
        {
            "A": ("KK", "simplex"),
            "B": ("LL", "simplex"),
            "a": ("K", "real"),
            "b": ("L", "real"),
        },
        {"y": ("T", "real")},
        0,
    ),
    "second order": Case(
        SECOND_SPEC,
        {"T": 6, "K": 2},
        second,
        {"A": ("KKK", "simplex"), "rate": ("K", "positive")},
        {"y": ("T", "nat")},
        0,
    ),
    "excess of zeros": Case(
        ZEROS_SPEC,
        {"N": 6},
        zeros,
        {"a": ("", "real"), "b": ("", "real"), "gate": ("", "unit")},
        {"x": ("N", "real"), "y": ("N", "nat")},
        1,
    ),
    "mixture of regressions": Case(
        REGRESSIONS_SPEC,
        {"N": 7, "P": 2, "K": 2},
        regressions,
        {"w": ("K", "simplex"), "beta": ("KP", "real"), "sd": ("K", "positive")},
        {"x": ("NP", "real"), "y": ("N", "real")},
        1,
    ),
    "latent classes": Case(
        CLASSES_SPEC,
        {"N": 5, "Q": 4, "C": 3},
        classes,
        {"share": ("C", "simplex"), "p": ("CQ", "unit")},
        {"answer": ("NQ", "bool")},
        2,
    ),
    "switch": Case(
        SWITCH_SPEC,
        {"N": 4, "K": 3},
        switch,
        {"w": ("KK", "simplex"), "m": ("K", "real"), "shift": ("", "real")},
        {"y": ("N", "real")},
        1,
    ),
}


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("seed", [0, 1])
def test_density_and_gradient(name, seed):
    case = CASES[name]
    latents, data = drawn(case, seed)
    found, expected = ours(case, latents, data), theirs(case, latents, data)
    assert expected.isfinite()
    torch.testing.assert_close(found, expected, rtol=1e-10, atol=1e-10)
    left, right = (gradients(density, case, latents) for density in (found, expected))
    for latent_ in latents:
        torch.testing.assert_close(left[latent_], right[latent_], rtol=1e-8, atol=1e-8)
