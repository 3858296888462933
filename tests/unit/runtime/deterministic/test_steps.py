"""Single steps of the deterministic engine: pure, and as many draws as their error asks for."""

import dataclasses
import math

import pytest
import torch
from by_hand import faithful

from pplc.runtime.deterministic import engine
from pplc.runtime.deterministic.engine import init, step
from pplc.runtime.deterministic.fit import fit
from pplc.runtime.start.guides import guides_at
from pplc.runtime.start.modes import find_modes
from pplc.runtime.target import Target


def test_init_and_step_change_nothing_but_what_they_return():
    target = Target(*faithful())
    start = guides_at(target, find_modes(target, 0), 0)[0]
    state = init(target, start, 0)
    copy = {name: tensor.clone() for name, tensor in state.phi.items()}
    first, info = step(target, state)
    second, _ = step(target, state)
    assert all(torch.equal(state.phi[name], copy[name]) for name in copy)
    assert all(torch.equal(first.phi[name], second.phi[name]) for name in copy)
    assert dataclasses.replace(first, phi={}) == dataclasses.replace(second, phi={})
    assert info.objective > start.elbo
    assert info.gradient_norm <= engine._TOLERANCE


def test_draws_are_doubled_until_their_error_is_small(monkeypatch):
    posterior = fit(*faithful(), draws=10)
    monkeypatch.setattr(engine, "_ERROR", 0.001)
    finer = fit(*faithful(), draws=10)
    assert posterior.objective_draws == 64
    assert 128 <= finer.objective_draws <= 4096


def test_how_much_of_a_step_is_done():
    share = engine._share_done
    assert share(100.0, 100.0, 0.01) == 0.0
    assert share(100.0, 1.0, 0.01) == pytest.approx(0.5)  # two factors of ten of four
    assert share(100.0, 0.001, 0.01) == 1.0
    assert share(0.001, 0.001, 0.01) == 0.0  # there from the start: it takes no time
    assert share(math.inf, 1.0, 0.01) == 0.0


def test_a_step_tells_that_it_gets_ahead():
    target = Target(*faithful())
    start = guides_at(target, find_modes(target, 0), 0)[0]
    told = []
    step(target, init(target, start, 0), told.append)
    shares = [info.done for info in told]
    assert shares[0] == 0.0 and shares == sorted(shares)
    assert shares[-1] == 1.0
