"""Output and the run."""

from pplc.grammar.catalogue.data.wording import DataDiagnostic
from pplc.grammar.diagnostics import diagnostic


@diagnostic
class OutputExists(DataDiagnostic):
    """The run folder that is named with `-o` exists, and a run never overwrites anything.

    Bad:

        pplc fit faithful.ppl -o runs/faithful-1       # twice

    Good:

        pplc fit faithful.ppl              # takes the next free name under runs/
    """

    code = "R880"
    title = "`{path}` exists and is not overwritten"
    help = "name another folder, or remove it first"

    path: str


@diagnostic
class OutputNotWritable(DataDiagnostic):
    """No run folder can be made where it is wanted. This is found before the fit starts.

    Bad:

        pplc fit faithful.ppl -o /proc/run

    Good:

        pplc fit faithful.ppl -o ~/runs/first
    """

    code = "R881"
    title = "no run folder can be made at `{path}`: {reason}"
    help = "name a folder that you may write to with `-o FOLDER`"

    path: str
    reason: str


@diagnostic
class OutputFailed(DataDiagnostic):
    """The results could not be written. What was written so far is removed again.

    Bad:

        pplc fit faithful.ppl              # on a full disk

    Good:

        pplc fit faithful.ppl -o /mnt/large/run
    """

    code = "R882"
    title = "the run folder `{path}` could not be written: {reason}"
    help = "make room or choose another folder with `-o FOLDER`, and run again"

    path: str
    reason: str


@diagnostic
class Interrupted(DataDiagnostic):
    """The run was stopped from the keyboard (Ctrl-C).

    Before there is a guide, nothing is left behind. Afterwards the best guide so far is kept in the
    run folder, and its verdict and `fit.json` say that it was interrupted.

    Bad:

        pplc fit faithful.ppl              # and Ctrl-C before it ends

    Good:

        pplc fit faithful.ppl              # left to end by itself
    """

    code = "R890"
    title = "stopped before the end; {left}"
    help = "run it again; with the same seed it takes the same course"

    left: str


@diagnostic
class NoFiniteStart(DataDiagnostic):
    """The log density of the model is not a finite number at any point tried as a start.

    Usually a value of the data is impossible given all that the priors allow, or an expression
    divides by zero or takes the logarithm of a negative number.

    Bad:

        rate = log(x - 10)                 # and x is below 10 in the data
        y ~ Poisson(rate)

    Good:

        rate = exp(a + b * x)
        y ~ Poisson(rate)
    """

    code = "R891"
    title = "the log density is not finite at any starting point, because of {terms}"
    help = "check these statements and their data for values that cannot occur together"

    terms: tuple[str, ...]


@diagnostic
class NothingToInfer(DataDiagnostic):
    """The model has no latent and no `param`: there is no posterior, and nothing to optimise.

    pplc fits the posterior of quantities that have a distribution and no data, and the values of
    params.

    Bad:

        y[n in N] ~ Normal(0, 1)

    Good:

        mu ~ Normal(0, 10)
        y[n in N] ~ Normal(mu, 1)
    """

    code = "R892"
    title = "there is nothing to infer: no quantity of the model is unknown"
    help = "give what you want to know a distribution, such as `mu ~ Normal(0, 10)`"


@diagnostic
class RunNotUsable(DataDiagnostic):
    """A fit cannot start from the run that `--init-from` names.

    `--init-from RUN` starts from the posterior means of the latents that a spec and an earlier run
    have in common, by their names. With `--freeze`, those named are held fixed there. For that the
    run must have them, in the same sizes.

    Bad:

        pplc fit second.ppl --init-from runs/first-1 --freeze scale     # first.ppl has no scale

    Good:

        pplc fit second.ppl --init-from runs/first-1 --freeze weights,loc
    """

    code = "R893"
    title = "a fit cannot start from {run}: {reason}"
    help = "name the run folder of a fit that has the same latents; see its spec.ppl"

    run: str
    reason: str


@diagnostic
class DeviceNotUsable(DataDiagnostic):
    """There is no device of this name, torch cannot use it, or it has no numbers of 64 bits.

    `--device` takes the names of torch: `cpu`, `cuda`, `cuda:1` for the second one. A GPU needs a
    build of torch for it and a driver; `python -c "import torch; print(torch.cuda.is_available())"`
    says whether both are there.

    Bad:

        pplc fit lda.ppl --device gpu

    Good:

        pplc fit lda.ppl --device cuda
    """

    code = "R894"
    title = "nothing can be computed on `{device}`: {reason}"
    help = "leave `--device` out to use the processor; `pplc explain R894` says what a GPU needs"

    device: str
    reason: str


@diagnostic
class OptionNotUsed(DataDiagnostic):
    """An option is about iterations of the stochastic engine, and the deterministic engine fits.

    That one fits models without minibatches and networks. It has no iterations to bound, chooses
    its draws itself, and needs float64.

    Bad:

        pplc fit faithful.ppl --steps 500

    Good:

        pplc fit faithful.ppl --engine stochastic --steps 500
    """

    code = "R895"
    title = "`{option}` is an option of the stochastic engine, and the deterministic one fits here"
    help = "leave it out, or add `--engine stochastic`"

    option: str
