"""The functions `recover` and `most_probable`: values of the summed-out sites given the rest."""

from __future__ import annotations

import ast
from collections.abc import Callable
from functools import cached_property

from pplc.compiler.codegen.axes import PARTICLES, Axis, Value, align, arrange, permuted, union
from pplc.compiler.codegen.cells import existing
from pplc.compiler.codegen.contraction import Contraction, joint, sum_comment
from pplc.compiler.codegen.expressions import ExpressionEmitter
from pplc.compiler.codegen.frame import Frame
from pplc.compiler.codegen.writer import (
    Writer,
    call,
    constant,
    everything,
    identifier,
    item,
    mapping,
    name,
    quote,
    subscript,
    tuple_of,
)
from pplc.compiler.elimination.eliminate import Chain, EliminationPlan, Step, Sum
from pplc.compiler.elimination.factor_graph import Slot, Variable
from pplc.compiler.graph import ModelGraph


def write_recover(
    out: Writer, graph: ModelGraph, plan: EliminationPlan, log_f: dict[str, Value]
) -> None:
    """`recover(latents, data, params)`."""
    out.function("recover", "latents", "data", "params")
    kept = {s: item("latents", s) for s in plan.kept}
    if not plan.variables:
        _write_kept(out, kept)
        return
    out.docstring(
        "Draws of the summed-out sites given the latents, and the probability of each value."
    )
    backwards = _Backwards(Frame(graph, plan, enumerate=True), log_f, maximise=False)
    backwards.write(out)
    leaves = {s: backwards.leaf(v) for s, v in plan.variables.items() if s not in backwards.alone}
    if leaves:
        others = quote(
            "probabilities.update(marginals(contract, log_f, data, leaves))",
            leaves=mapping(leaves),
        )
        out.expression(others)
    for site, probabilities in kept.items():
        out.assign(item("draws", site), quote("choose(x)", x=probabilities))
        out.assign(item("probabilities", site), probabilities)
    out.raw("return draws, probabilities")
    out.end()


def _write_kept(out: Writer, kept: dict[str, ast.expr]) -> None:
    """The body of `recover` where the guide keeps all discrete latents, if there are any."""
    if kept:
        out.docstring("Draws of the latents whose probabilities the guide keeps.")
        out.assign("draws", mapping({s: quote("choose(x)", x=x) for s, x in kept.items()}))
        out.assign("probabilities", mapping(kept))
        out.raw("return draws, probabilities")
    else:
        out.docstring("Nothing is summed out in this model.")
        out.raw("return {}, {}")
    out.end()


def write_most_probable(
    out: Writer, graph: ModelGraph, plan: EliminationPlan, log_f: dict[str, Value]
) -> None:
    """`most_probable(latents, data, params)`."""
    if not plan.variables:
        return
    out.function("most_probable", "latents", "data", "params")
    out.docstring("The jointly most probable values of the summed-out sites given the latents.")
    _Backwards(Frame(graph, plan, enumerate=True), log_f, maximise=True).write(out)
    out.raw("return values")
    out.end()


class _Backwards:
    """The elimination forwards, then a value for each site backwards: drawn, or the best."""

    def __init__(self, frame: Frame, log_f: dict[str, Value], maximise: bool) -> None:
        self.frame = frame
        self.plan = frame.elimination
        self.log_f = log_f
        self.maximise = maximise
        self.into = "values" if maximise else "draws"
        #: Sites whose probabilities are known before any other site is drawn.
        self.alone: set[str] = set()
        tensors = {n: Value(item("log_f", n), v.axes, v.dims) for n, v in log_f.items()}
        if maximise:
            tensors |= self._existing(tensors)
        self.contraction = Contraction(frame, tensors, maximise)

    def _existing(self, tensors: dict[str, Value]) -> dict[str, Value]:
        """The densities of sites in ragged index sets without what is beyond their lengths.

        Values there add up to 1, but the most probable of them would count.
        """
        found = {}
        for name_ in self.plan.variables:
            site = self.frame.graph.sites[name_]
            first = len(site.starts) if name_ in self.plan.split else 0
            binders = tuple(b.replaced(start=first if b.scan else 0) for b in site.binders)
            found[name_] = existing(self.frame, binders, site.span, tensors[name_])
        return found

    def write(self, out: Writer) -> None:
        """Fill `draws` (or `values`), with `log_f` at hand."""
        body = Writer()
        body.indent()
        for choose in reversed(self._forwards(body)):
            choose(body)
        self.frame.header(out)
        out.raw("log_f = factors(latents, data, params)")
        out.raw("values = {}" if self.maximise else "draws, probabilities = {}, {}")
        out.extend(body)

    def leaf(self, variable: Variable) -> ast.expr:
        """The density that gives a site's probabilities, and where its plates and values are."""
        leaf = self.plan.leaves[variable.site]
        axes = self.log_f[leaf].axes
        wanted = [*map(self.frame.plate, variable.plates)]
        own = self.frame.values_axis(Slot(variable.site))
        places = [constant(axes.index(a)) for a in (PARTICLES, *wanted, own)]
        return tuple_of([constant(leaf), *places])

    def _forwards(self, body: Writer) -> list[Callable[[Writer], None]]:
        """Compute what each site is summed out of; returns what is to be drawn, in that order."""
        draws: list[Callable[[Writer], None]] = []
        for step in self.plan.steps:
            if isinstance(step, Sum):
                body.comment(sum_comment(step))
                value = joint([self.contraction.tensors[t.name] for t in step.inputs])
                local = identifier(f"{step.variable}_joint")
                body.assign(local, value.node, self.frame.comment(value))
                value = Value(name(local), value.axes)
                draws.append(self._draw(step.variable, value))
                if self._leads_to_sum(step.output.name):
                    self.contraction.keep(step, self.contraction.reduce(step, value), body)
            elif isinstance(step, Chain):
                draws.append(self._draw_chain(step))
                if self._leads_to_sum(step.output.name):
                    self.contraction.keep(step, self.contraction.step(step, body), body)
            elif self._leads_to_sum(step.output.name):
                self.contraction.keep(step, self.contraction.step(step, body), body)
        return draws

    def _leads_to_sum(self, term: str) -> bool:
        """Whether a later sum reads a term, through products or directly."""
        step = self._readers.get(term)
        if step is None:
            return False
        return isinstance(step, Sum | Chain) or self._leads_to_sum(step.output.name)

    @cached_property
    def _readers(self) -> dict[str, Step]:
        """The step that reads each term."""
        return {t.name: step for step in self.plan.steps for t in step.inputs}

    # --- draws ---

    def _draw(self, site: str, value: Value) -> Callable[[Writer], None]:
        """Draw one site given those that are drawn already."""

        own = {Slot(site)}
        is_alone = set(self.frame.slots(value.axes)) == own and not self.maximise

        def write(body: Writer) -> None:
            if is_alone:
                found = self._keep_probabilities(site, value, body)
                drawn = Value(quote("choose(x)", x=found.node), found.axes[:-1])
            else:
                given = self._given(value, own)
                template = "largest(x)" if self.maximise else "draw(x)"
                drawn = Value(quote(template, x=given.node), given.axes[:-1])
            self._keep(site, drawn, body)

        return write

    def _keep_probabilities(self, site: str, joint: Value, body: Writer) -> Value:
        """Note the probabilities of a site that depends on no other one; returns them."""
        self.alone.add(site)
        axes = (PARTICLES, *self._plates(site), joint.axes[-1])
        node = quote("normalised(x)", x=permuted(joint, axes).node)
        body.assign(item("probabilities", site), node, self.frame.shape(axes, ()))
        return Value(item("probabilities", site), axes)

    def _plates(self, site: str) -> tuple[Axis, ...]:
        return tuple(map(self.frame.plate, self.plan.variables[site].plates))

    def _draw_chain(self, step: Chain) -> Callable[[Writer], None]:
        """Draw the paths of the sites of a chain."""

        def write(body: Writer) -> None:
            scan = self.frame.plate(step.scan)
            own = {Slot(s, back) for s in step.sites for back in range(step.order + 1)}
            names = [n for t in step.inputs for n in (t.name, f"{t.name}, first")]
            tensors = self.contraction.tensors
            pick = {n: self._given(tensors[n], own) for n in names if n in tensors}
            potentials = self.contraction.potentials(step, pick)
            kernel = "best" if self.maximise else "draw"
            batch = self.contraction.chain(kernel, step, potentials)
            path = Value(batch.node, (*batch.axes, scan))
            if len(step.sites) == 1:
                self._keep(step.sites[0], path, body)
                return
            local = identifier("_".join(step.sites))
            sizes = [self.frame.size(self.plan.variables[s].size).node for s in step.sites]
            body.assign(local, path.node, self.frame.comment(path))
            node = call("torch.unravel_index", name(local), tuple_of(sizes))
            body.assign(tuple_of([name(identifier(s)) for s in step.sites]), node)
            for site in step.sites:
                self._keep(site, Value(name(identifier(site)), path.axes), body)

        return write

    def _keep(self, site: str, drawn: Value, body: Writer) -> None:
        """Note the draws of a site, in the order of its own plates."""
        variable = self.plan.variables[site]
        axes = (PARTICLES, *self._plates(site))
        node = permuted(drawn, axes).node
        if variable.first:
            node = quote("x + first", x=node, first=variable.first)
        body.assign(item(self.into, site), node, self.frame.shape(axes, ()))

    def _given(self, value: Value, own: set[Slot]) -> Value:
        """The entries at the drawn values of all other sites."""
        for slot in self.frame.slots(value.axes):
            if slot not in own and slot.site in self.plan.variables:
                value = self._pick(value, slot)
        return value

    def _pick(self, value: Value, slot: Slot) -> Value:
        """The entries at the drawn values of one site."""
        axis = self.frame.values_axis(slot)
        drawn = self._drawn(slot, value.axes)
        axes = union(value, drawn)
        at = constant(Value(value.node, axes).position(axis))
        node = quote(
            "x.take_along_dim(i, at).squeeze(at)",
            x=_same_rank(value, axes),
            i=align(Value(drawn.node, drawn.axes), axes),
            at=at,
        )
        return Value(node, tuple(a for a in axes if a != axis))

    def _drawn(self, slot: Slot, axes: tuple[Axis, ...]) -> Value:
        """The drawn values of a site, from 0, where a tensor with these axes needs them."""
        variable = self.plan.variables[slot.site]
        node = item(self.into, slot.site)
        if variable.first:
            node = quote("x - first", x=node, first=variable.first)
        plates = list(map(self.frame.plate, variable.plates))
        if slot.back:
            scan = next(i for i, p in enumerate(variable.plates) if p in self._scans())
            node = quote("x.roll(back, at)", x=node, back=slot.back, at=scan - len(plates))
        items = [everything(), *(everything() for _ in plates)]
        gathers = False
        for i, plate in enumerate(variable.plates):
            if plates[i] in axes:
                continue
            for inner in (a for a in axes if a.name in self.plan.nested):
                for nesting in self.plan.nested[inner.name]:
                    if nesting.outer == plate:
                        items[i + 1] = ExpressionEmitter(self.frame).emit(nesting.index).node
                        plates[i] = inner
                        gathers = True
        if gathers:
            node = subscript(node, items)
        return arrange(Value(node, (PARTICLES, *plates)))

    def _scans(self) -> set[str]:
        return {s.scan for s in self.plan.steps if isinstance(s, Chain)}


def _same_rank(value: Value, axes: tuple[Axis, ...]) -> ast.expr:
    """A tensor with all of some axes, those at the left too: what torch does not broadcast."""
    node = align(value, axes)
    lacking = next(i for i, a in enumerate(axes) if a in value.axes)
    return subscript(node, [ast.Constant(None)] * lacking) if lacking else node
