"""The topic model of `specs/lda.ppl`, fitted in minibatches, beside batch variational EM.

    python benchmarks/topics.py [--seeds N]

Both have points for the words of topics and Dirichlets for the shares of documents (Blei, Ng and
Jordan 2003, "Latent Dirichlet allocation", section 5); the EM goes through all documents each time,
with a guide of its own for each. Prints the perplexity of the words at the mean shares, in sample,
and how much the ten first words of a topic keep together (Mimno et al. 2011, "Optimizing semantic
coherence in topic models"; closer to zero is better).
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

import numpy as np
from scipy.special import digamma

import pplc

SPEC = Path(__file__).parents[1] / "specs" / "lda.ppl"
TOPICS, SHARES, WORDS = 10, 0.5, 0.1  # as in the spec
ROUNDS, INNER = 300, 50
FIRST = 10


def counted() -> np.ndarray:
    """How often each word is in each document, [D, V]."""
    raw = json.loads(SPEC.with_suffix(".json").read_text())
    counts = np.zeros((max(raw["doc"]), raw["V"]))
    np.add.at(counts, (np.array(raw["doc"]) - 1, np.array(raw["word"]) - 1), 1)
    return counts


def by_em(counts: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean shares [D, K] and words of topics [K, V] by variational EM."""
    random = np.random.default_rng(seed)
    documents, size = counts.shape
    seeds = [counts[random.choice(documents, 3)].sum(0) for _ in range(TOPICS)]
    phi = random.dirichlet(np.ones(size), TOPICS) + np.stack(seeds)
    phi /= phi.sum(-1, keepdims=True)
    gamma = np.ones((documents, TOPICS))
    for _ in range(ROUNDS):
        for _ in range(INNER):
            theta = np.exp(digamma(gamma) - digamma(gamma.sum(-1, keepdims=True)))
            after = SHARES + theta * ((counts / (theta @ phi + 1e-100)) @ phi.T)
            change, gamma = np.abs(after - gamma).mean(), after
            if change < 1e-3:
                break
        theta = np.exp(digamma(gamma) - digamma(gamma.sum(-1, keepdims=True)))
        phi = WORDS + phi * (theta.T @ (counts / (theta @ phi + 1e-100)))
        phi /= phi.sum(-1, keepdims=True)
    return gamma / gamma.sum(-1, keepdims=True), phi


def by_minibatches(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """The same by a fit without options."""
    sample = pplc.fit(SPEC, seed=seed, draws=50).posterior.sample
    return sample["theta"].mean(0).numpy(), sample["phi"][0].numpy()


def perplexity(counts: np.ndarray, theta: np.ndarray, phi: np.ndarray) -> float:
    """Of the words that the topics were fitted to."""
    return float(np.exp(-(counts * np.log(theta @ phi + 1e-300)).sum() / counts.sum()))


def coherence(counts: np.ndarray, phi: np.ndarray) -> float:
    """The mean over topics of log shares of documents with pairs of their first words."""
    there = (counts > 0).astype(float)
    found = []
    for topic in phi:
        first = there[:, np.argsort(-topic)[:FIRST]]
        together = np.log((first.T @ first + 1) / first.sum(0))
        found.append(np.tril(together, -1).sum())
    return float(np.mean(found))


def main() -> None:
    """Print a line for each run."""
    parser = argparse.ArgumentParser(description="Topics by minibatches and by variational EM.")
    parser.add_argument("--seeds", type=int, default=3)
    counts = counted()
    print("| | seed | perplexity | coherence | processor s |\n|---|---|---|---|---|")
    for seed in range(parser.parse_args().seeds):
        for name, (theta, phi), seconds in (
            ("batch EM", *timed(lambda seed=seed: by_em(counts, seed))),
            ("pplc, 16 of 61 chapters", *timed(lambda seed=seed: by_minibatches(seed))),
        ):
            numbers = f"{perplexity(counts, theta, phi):.1f} | {coherence(counts, phi):.1f}"
            print(f"| {name} | {seed} | {numbers} | {seconds:.0f} |", flush=True)


def timed(run):
    """What a function returns, and its processor time."""
    began = time.process_time()
    return run(), time.process_time() - began


if __name__ == "__main__":
    main()
