"""Output and the run."""

from pplc.runtime.problems.problem import Problem, problem


@problem
class OutputExists(Problem):
    """The run folder that is asked for exists; it is never overwritten."""

    code = "R880"
    path: str


@problem
class OutputNotWritable(Problem):
    """No run folder can be made at `path`, for the system's `reason`."""

    code = "R881"
    path: str
    reason: str


@problem
class OutputFailed(Problem):
    """Writing a run folder failed (a full disk, a folder removed under way)."""

    code = "R882"
    path: str
    reason: str


@problem
class Interrupted(Problem):
    """The run was stopped from the keyboard; `left` says what is left of it."""

    code = "R890"

    left: str


@problem
class NoFiniteStart(Problem):
    """The log density is not finite at any point tried; `terms` of the model are at fault."""

    code = "R891"
    terms: tuple[str, ...]


@problem
class NothingToInfer(Problem):
    """The model has no latent and no param: there is nothing to fit."""

    code = "R892"


@problem
class RunNotUsable(Problem):
    """A fit cannot start from an earlier run."""

    code = "R893"
    run: str
    reason: str


@problem
class DeviceNotUsable(Problem):
    """Nothing can be computed on the device that was asked for."""

    code = "R894"
    device: str
    reason: str


@problem
class OptionNotUsed(Problem):
    """An option of the stochastic engine was given, and the deterministic one fits."""

    code = "R895"
    option: str
