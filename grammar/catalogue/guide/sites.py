"""Which sites a guide draws, each once."""

from pplc.grammar.diagnostics import Diagnostic, diagnostic


@diagnostic
class GuideObserved(Diagnostic):
    """The guide gives a distribution to a site that is observed.

    A guide is a distribution over what is not known: the latents of the model, given the data.
    Data are known, so there is nothing to approximate. In a guide that samples the data, nothing
    ties its location and scale to them: the scale grows for ever. What is unknown about the data
    is a latent of its own, with a prior in the model; its guide is then derived.

    Bad:

        data y[N]: real
        for n in N { y[n] ~ Normal(0, 1) }
        guide {
          param m: real
          param s: positive
          y[n] ~ Normal(m, s)
        }

    Good:

        data y[N]: real
        m ~ Normal(0, 10)
        s ~ HalfNormal(10)
        for n in N { y[n] ~ Normal(m, s) }
    """

    code = "E601"
    title = "the guide gives a distribution to `{name}`, which is observed"
    label = "`{name}` is data: its values are known"
    help = "{suggestion}"

    name: str
    suggestion: str


@diagnostic
class GuideUnknown(Diagnostic):
    """The guide names something that is not a latent of the model.

    Each line of a guide is about random variables that the model draws and that have no data.
    Definitions follow from latents, generated sites are drawn after the fit, and params are
    optimised: none of them has a guide.

    Bad:

        mu ~ Normal(0, 1)
        guide { mean ~ point }

    Good:

        mu ~ Normal(0, 1)
        guide { mu ~ point }
    """

    code = "E602"
    title = "the guide names `{name}`, but {problem}"
    label = "not a latent of the model"
    help = "{suggestion}"

    name: str
    problem: str
    suggestion: str


@diagnostic
class GuidedTwice(Diagnostic):
    """Two lines of the guide are about the same latent.

    Bad:

        guide {
          mu ~ point
          (mu, tau) ~ mvn
        }

    Good:

        guide { (mu, tau) ~ mvn }
    """

    code = "E604"
    title = "the guide names `{name}` twice"
    label = "named again"
    help = "keep one of the two lines"

    name: str


@diagnostic
class GuideMissing(Diagnostic):
    """A `guide strict` leaves a latent out.

    Without `strict` the guide of what is left out is derived, and the ledger says so. With it,
    every latent that is not summed out must be named.

    Bad:

        a ~ Normal(0, 1)
        b ~ Normal(0, 1)
        guide strict { a ~ normal }

    Good:

        a ~ Normal(0, 1)
        b ~ Normal(0, 1)
        guide strict { (a, b) ~ mvn }
    """

    code = "E609"
    title = "the guide is strict and leaves out {names}"
    label = "not complete"
    help = "add a line for each, or drop `strict`: pplc then derives what is left out"

    names: str


@diagnostic
class GuideNotDrawn(Diagnostic):
    """A guide can only use distributions whose draws move smoothly with their arguments.

    A fit follows the gradient of its objective through the draws of the guide. A draw of a
    mixture jumps from one part to another, an improper distribution has no draws, and for some
    others there is no smooth map from noise to draws.

    Bad:

        angle ~ VonMises(0, 1)
        guide {
          param k: positive
          angle ~ VonMises(0, k)
        }

    Good:

        angle ~ VonMises(0, 1)
        guide { angle ~ normal }
    """

    code = "E614"
    title = "`{distribution}` cannot be drawn from in a guide"
    label = "its draws are no smooth function of its arguments"
    help = "{suggestion}"

    distribution: str
    suggestion: str
