"""The long text of a diagnostic code, for `pplc explain`."""

from __future__ import annotations

import inspect
import re

from pplc.grammar.diagnostics import Diagnostic

_BOLD, _RED, _GREEN, _RESET = "\x1b[1m", "\x1b[1;31m", "\x1b[1;32m", "\x1b[0m"


def explain(kind: type[Diagnostic], *, color: bool = False) -> str:
    """What the code means, why it is a problem, a bad and a good example."""
    heading = f"{kind.code}: {title(kind)}"
    text = inspect.cleandoc(kind.__doc__ or "")
    if color:
        heading = f"{_BOLD}{heading}{_RESET}"
        text = re.sub(r"^Bad:$", f"{_RED}Bad:{_RESET}", text, flags=re.MULTILINE)
        text = re.sub(r"^Good:$", f"{_GREEN}Good:{_RESET}", text, flags=re.MULTILINE)
    return f"{heading}\n\n{text}\n"


def title(kind: type[Diagnostic]) -> str:
    """The title with `...` where a diagnostic puts what it found."""
    return re.sub(r"\{\w+\}", "...", kind.title).replace("{{", "{").replace("}}", "}")
