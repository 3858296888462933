"""The plates of what a guide draws."""

from pplc.grammar.diagnostics import Diagnostic, diagnostic


@diagnostic
class GuideIndices(Diagnostic):
    """The indices of a line of the guide are not those of the site in the model.

    Index sets and plates come from the model: the guide gives each plate a name, one for one, in
    the order of the model.

    Bad:

        for d in D { theta[d] ~ Normal(0, 1) }
        guide {
          param m[D]: real
          theta ~ Normal(m, 1)
        }

    Good:

        for d in D { theta[d] ~ Normal(0, 1) }
        guide {
          param m[D]: real
          theta[d] ~ Normal(m[d], 1)
        }
    """

    code = "E608"
    title = "`{name}` is {model} in the model"
    label = "{problem}"
    help = "write `{suggestion}`"

    name: str
    model: str
    problem: str
    suggestion: str


@diagnostic
class GuidePlates(Diagnostic):
    """One Gaussian for each element of a plate is asked of sites in different plates.

    With indices, `(a[k], b[k]) ~ mvn` is one Gaussian for each k, so that both must be in the
    same plates. Without indices, `(a, b) ~ mvn` is one Gaussian over all their elements.

    Bad:

        for i in I { a[i] ~ Normal(0, 1) }
        for j in J { b[j] ~ Normal(0, 1) }
        guide { (a[i], b[j]) ~ mvn }

    Good:

        for i in I { a[i] ~ Normal(0, 1) }
        for j in J { b[j] ~ Normal(0, 1) }
        guide { (a, b) ~ mvn }
    """

    code = "E611"
    title = "`{first}` and `{second}` are in different plates"
    label = "{plates}"
    help = "without indices it is one Gaussian over all their elements: write `({names})`"

    first: str
    second: str
    plates: str
    names: str


@diagnostic
class GuidePlateUnknown(Diagnostic):
    """Nothing tells which index set a definition in the guide runs over.

    Lines about latents take their plates from the model. A definition in the guide has none there:
    its index is told by what it reads, by the model's own name for it, or by `n in N`.

    Bad:

        guide { q[i] = 1 }

    Good:

        guide { q[i in N] = 1 }
    """

    code = "E616"
    title = "nothing tells which index set `{index}` runs over"
    label = "over which index set?"
    help = "name it: `[{index} in N]`"

    index: str
