"""The log density of a random model by adding up all joint assignments of its discrete sites.

Every element of every discrete site is a vector over the assignments, and every expression is
evaluated element by element, as the spec says it.
"""

import math
from itertools import product

import torch
from elimination.random_models import Definition, Law, Number, Op, Ref, Site


class BruteForce:
    """All assignments of a model at once; `latents` are its continuous latents, by name."""

    def __init__(self, model, latents):
        self.model = model
        self.latents = latents
        self.cells = [
            (s.name, at) for s in model.discrete.values() for at in model.elements(s.plates)
        ]
        choices = [model.values(model.discrete[name]) for name, _ in self.cells]
        self.table = torch.tensor(list(product(*choices)), dtype=torch.float64)
        self.columns = {cell: self.table[:, i] for i, cell in enumerate(self.cells)}
        self.log_joint = self._log_joint()

    def log_density(self):
        return self.log_joint.logsumexp(0)

    def probabilities(self):
        """Of each assignment."""
        return self.log_joint.softmax(0)

    def marginal(self, name, at, values):
        """The probability of each value of one element."""
        column = self.columns[name, at]
        return torch.stack([self.probabilities()[column == v].sum() for v in values])

    def index_of(self, draws):
        """The index of the assignment of each draw; `draws` gives `[S]` for each cell."""
        found = torch.stack([draws[cell] for cell in self.cells], -1).double()
        return (found[:, None, :] == self.table[None]).all(-1).double().argmax(-1)

    def _log_joint(self):
        total = torch.zeros(len(self.table), dtype=torch.float64)
        for latent in self.model.latents:
            value = self.latents[latent.name]
            if latent.simplex:
                size = value.shape[-1]
                constant = math.lgamma(1.5 * size) - size * math.lgamma(1.5)
                total = total + (0.5 * value.log()).sum() + constant * (value.numel() // size)
            else:
                total = total + (-0.5 * value**2 - 0.5 * math.log(2 * math.pi)).sum()
        for site in self.model.sites.values():
            for at in self.model.elements(site.plates):
                total = total + self._site(site, dict(zip(site.plates, at, strict=True)))
        return total

    def _site(self, site, at):
        step = at.get(self.model.scan, self.model.first + len(site.starts)) - self.model.first
        law = site.starts[step] if step < len(site.starts) else site.law
        position = tuple(at[p] for p in site.plates)
        if site.observed:
            value = self.model.data[site.name]
            for i in position:
                value = value[i]
            value = torch.tensor(float(value), dtype=torch.float64)
        else:
            value = self.columns[site.name, position]
        return self._log_prob(law, value, at)

    def _log_prob(self, law: Law, x, at):
        if law.name == "DiscreteUniform":
            return torch.tensor(-math.log(3), dtype=torch.float64)
        argument = self.evaluate(law.argument, at)
        match law.name:
            case "Normal":
                z = (x - argument) / 0.8
                return -0.5 * z**2 - math.log(0.8) - 0.5 * math.log(2 * math.pi)
            case "Poisson":
                return x * argument - argument.exp() - torch.lgamma(x + 1)
            case "Categorical":
                logits = argument if law.keyword else argument.log()
                logits = logits - logits.logsumexp(-1, keepdim=True)
                logits, x = torch.broadcast_tensors(logits, x[..., None])
                return logits.gather(-1, x[..., :1].long())[..., 0]
        p = argument.sigmoid() if law.keyword == "logits" else argument
        if law.name == "Bernoulli":
            return x * p.log() + (1 - x) * (1 - p).log()
        ways = (x == 1).double() * math.log(2)
        return ways + x * p.log() + (2 - x) * (1 - p).log()

    def evaluate(self, e, at):
        """An expression at one element: a number, or one number for each assignment."""
        match e:
            case Number():
                return torch.tensor(float(e.value), dtype=torch.float64)
            case Ref():
                return self._read(e, at)
            case Op(name="if"):
                c, a, b = (self.evaluate(x, at) for x in e.arguments)
                return torch.where(c != 0, a, b)
            case Op(name="sigmoid"):
                return self.evaluate(e.arguments[0], at).sigmoid()
            case Op(name="sum"):
                name, row, _ = e.arguments
                return self._read(Ref(name, row.plates, row.indices), at).sum(-1)
        left, right = (self.evaluate(x, at) for x in e.arguments)
        match e.name:
            case "+":
                return left + right
            case "*":
                return left * right
            case "scale":
                return left[..., None] * right
            case "==":
                return (left == right).double()
            case ">=":
                return (left >= right).double()
        raise NotImplementedError(e.name)

    def _read(self, ref, at):
        through = dict(ref.through)
        place = []
        for plate in ref.plates:
            if plate in through:
                place.append(self.model.maps[through[plate]][at[through[plate]]])
            elif plate == self.model.scan:
                place.append(at[plate] - ref.lag)
            else:
                place.append(at[plate])
        if (ref.name, tuple(place)) in self.columns:
            return self.columns[ref.name, tuple(place)]
        statement = next((s for s in self.model.statements if s.name == ref.name), None)
        if isinstance(statement, Definition):
            return self.evaluate(statement.value, dict(zip(statement.plates, place, strict=True)))
        assert not isinstance(statement, Site)
        if ref.name in self.model.data:
            value = self.model.data[ref.name]
            for i in place:
                value = value[i]
            return torch.tensor(float(value), dtype=torch.float64)
        table = self.latents[ref.name]
        for i in place:
            table = table[i]
        indices = tuple(self.evaluate(i, at).long() for i in ref.indices)
        return table[indices] if indices else table
