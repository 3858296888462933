"""Hidden Markov chains against the sum over all paths."""

import itertools

import pytest
import torch

from pplc.runtime import chain_layout, chains
from pplc.runtime.chains import chain_best, chain_draw, chain_sum

inf = torch.inf


def randn(*shape):
    return torch.randn(*shape, dtype=torch.float64)


@pytest.fixture(autouse=True, params=[10**9, 1], ids=["step by step", "in blocks"])
def from_so_many_steps_in_blocks(request, monkeypatch):
    monkeypatch.setattr(chain_layout, "_SHORT", request.param)


def potentials(states, length, *, steps=None, batch=()):
    torch.manual_seed(states * 100 + length)
    steps = length - 1 if steps is None else steps
    return (
        randn(*batch, states),
        randn(*batch, steps, states, states),
        randn(*batch, length, states),
    )


def left_to_right(states, length, steps=1):
    """States that never go back, and start at 0."""
    initial, transition, emission = potentials(states, length, steps=steps)
    initial[1:] = -inf
    backward = torch.ones(states, states).tril(-1) > 0
    return initial, transition.masked_fill(backward, -inf), emission


def far_apart():
    """Two states that never mix: the one that underflows at first is far ahead in the end."""
    stay = torch.tensor([[[0.0, -inf], [-inf, 0.0]]], dtype=torch.float64)
    emission = torch.tensor([[1000.0, 0.0], [0.0, 600.0], [0.0, 600.0]], dtype=torch.float64)
    return torch.zeros(2, dtype=torch.float64), stay, emission


def extreme():
    """What is seen leaves a state no more than e^-1000 of another; transitions bring it back."""
    initial, transition, emission = potentials(3, 7, steps=1)
    return initial, transition, emission * 1000


CASES = {
    "extreme": extreme(),
    "left to right, own transitions": left_to_right(3, 8, steps=7),
    "same transition": potentials(3, 5, steps=1),
    "own transitions": potentials(2, 6),
    "one step": potentials(3, 1, steps=1),
    "no steps": potentials(3, 1),
    "two steps": potentials(3, 2),
    "one state": potentials(1, 4),
    "left to right": left_to_right(3, 5),
    "far apart": far_apart(),
}
EVERY = pytest.mark.parametrize("case", CASES.values(), ids=CASES)


def paths(initial, transition, emission):
    """All paths [paths, T], and the log of each one's product."""
    T, K = emission.shape
    steps = transition.expand(T - 1, K, K)
    every = torch.tensor(list(itertools.product(range(K), repeat=T)))
    logs = initial[every[:, 0]] + emission[torch.arange(T), every].sum(-1)
    for t in range(T - 1):
        logs = logs + steps[t, every[:, t], every[:, t + 1]]
    return every, logs


@EVERY
def test_sum(case):
    torch.testing.assert_close(chain_sum(*case), paths(*case)[1].logsumexp(0))


@EVERY
def test_gradients_are_those_of_the_sum_over_paths(case):
    ours, theirs = ([x.clone().requires_grad_() for x in case] for _ in range(2))
    gradients = torch.autograd.grad(chain_sum(*ours), ours)
    expected = torch.autograd.grad(paths(*theirs)[1].logsumexp(0), theirs, allow_unused=True)
    for gradient, wanted in zip(gradients, expected, strict=True):
        wanted = torch.zeros_like(gradient) if wanted is None else wanted
        torch.testing.assert_close(gradient, wanted)


@pytest.mark.parametrize("name", CASES)
def test_logarithms_are_taken_only_where_they_have_to_be(name, monkeypatch):
    def refuse(*_):
        raise AssertionError

    monkeypatch.setattr(chains, "_filter_logs", refuse)
    if name == "far apart":
        with pytest.raises(AssertionError):
            chain_sum(*CASES[name])
    else:
        chain_sum(*CASES[name])


@EVERY
def test_best(case):
    every, logs = paths(*case)
    assert chain_best(*case).tolist() == every[logs.argmax()].tolist()


@EVERY
def test_draws(case):
    every, logs = paths(*case)
    torch.manual_seed(0)
    n, (T, K) = 10_000, case[2].shape
    draws = chain_draw(case[0].expand(n, K), case[1], case[2])
    assert draws.shape == (n, T)
    code = K ** torch.arange(T)
    counts = torch.bincount(draws @ code, minlength=K**T)[every @ code]
    chance = logs.softmax(0)
    error = 5 * (chance * (1 - chance) / n).sqrt() + 3 / n  # few of a kind are not normal
    assert ((counts / n - chance).abs() <= error).all()


@pytest.mark.parametrize("block", [1, 20, 2**22])
def test_second_derivatives_and_blocks(block, monkeypatch):
    monkeypatch.setattr(chains, "_BLOCK", block)
    for steps in (1, 3):
        arguments = [x.requires_grad_() for x in potentials(2, 4, steps=steps, batch=(2,))]
        assert torch.autograd.gradcheck(chain_sum, arguments)
        assert torch.autograd.gradgradcheck(chain_sum, arguments)


def test_batches_broadcast():
    S, N, K, T = 3, 4, 2, 5
    initial, transition, emission = randn(S, 1, K), randn(S, 1, 1, K, K), randn(N, T, K)
    result = chain_sum(initial, transition, emission)
    assert chain_draw(initial, transition, emission).shape == (S, N, T)
    for s, n in itertools.product(range(S), range(N)):
        alone = initial[s, 0], transition[s, 0], emission[n]
        torch.testing.assert_close(result[s, n], chain_sum(*alone))
        assert chain_best(initial, transition, emission)[s, n].equal(chain_best(*alone))


def test_gradients_of_broadcast_arguments_have_their_shapes():
    arguments = [randn(2), randn(3, 1, 1, 2, 2), randn(4, 5, 2)]
    for x in arguments:
        x.requires_grad_()
    assert torch.autograd.gradcheck(chain_sum, arguments)


def test_impossible_observations():
    initial, transition, emission = potentials(2, 4)
    emission[2] = -inf
    for x in (initial, transition, emission):
        x.requires_grad_()
    total = chain_sum(initial, transition, emission)
    assert total == -inf
    for gradient in torch.autograd.grad(total, (initial, transition, emission)):
        assert (gradient == 0).all()


def test_a_long_chain():
    T = 100_000
    initial, transition, emission = potentials(2, T, steps=1)
    transition, emission = transition.log_softmax(-1), emission - 5
    for x in (initial, transition, emission):
        x.requires_grad_()
    total = chain_sum(initial, transition, emission)
    # The same sum as a product of matrices, by halving, in another order of operations.
    with torch.no_grad():
        tables = transition + emission[1:, None, :]
        while len(tables) > 1:
            odd = tables[len(tables) // 2 * 2 :]
            pairs = tables[0:-1:2, :, :, None] + tables[1::2, None, :, :]
            tables = torch.cat([pairs.logsumexp(-2), odd])
        expected = (initial + emission[0])[:, None] + tables[0]
    torch.testing.assert_close(total, expected.logsumexp((0, 1)), rtol=1e-12, atol=0)
    gradient = torch.autograd.grad(total, emission)[0]
    torch.testing.assert_close(gradient.sum(-1), torch.ones(T, dtype=torch.float64))
