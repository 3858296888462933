"""The catalogue: one frozen class per diagnostic code, in a file or a folder for each family.

A family is imported when one of its codes is looked up, so that a spec without mistakes costs
nothing here.
"""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import TYPE_CHECKING

from pplc.grammar.diagnostics import Diagnostic

if TYPE_CHECKING:
    from pplc.grammar.catalogue import data as data
    from pplc.grammar.catalogue import elimination as elimination
    from pplc.grammar.catalogue import guide as guide
    from pplc.grammar.catalogue import indices as indices
    from pplc.grammar.catalogue import internal as internal
    from pplc.grammar.catalogue import names as names
    from pplc.grammar.catalogue import pedantic as pedantic
    from pplc.grammar.catalogue import supports as supports
    from pplc.grammar.catalogue import syntax as syntax

#: The file or folder of each family, by the beginning of its codes.
FAMILIES = {
    "E1": "syntax",
    "E2": "names",
    "E3": "indices",
    "E4": "supports",
    "E5": "elimination",
    "E6": "guide",
    "W7": "pedantic",
    "R8": "data",
    "X9": "internal",
}


def __getattr__(name: str) -> ModuleType:
    """A family, imported when a pass has something to say from it."""
    if name in FAMILIES.values():
        return import_module(f"{__name__}.{name}")
    raise AttributeError(name)


def find(code: str) -> type[Diagnostic] | None:
    """The class with this code, if there is one."""
    return family(code[:2]).get(code) if code[:2] in FAMILIES else None


def family(prefix: str) -> dict[str, type[Diagnostic]]:
    """The classes of a family (`E2`) by their codes, in order."""
    module = import_module(f"{__name__}.{FAMILIES[prefix]}")
    kinds = (value for value in vars(module).values() if isinstance(value, type))
    known = {
        kind.code: kind for kind in kinds if issubclass(kind, Diagnostic) and hasattr(kind, "code")
    }
    return dict(sorted(known.items()))


def all_codes() -> list[str]:
    """Every code of the catalogue, in order."""
    return sorted(code for prefix in FAMILIES for code in family(prefix))
