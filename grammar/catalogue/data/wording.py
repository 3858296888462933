"""How diagnostics about data put their facts into words."""

from typing import ClassVar

from pplc.grammar.diagnostics import Diagnostic


class DataDiagnostic(Diagnostic):
    """Lists of names read as `a`, `b`, `c` in a message."""

    def _fill(self, template: str) -> str:
        values = self.values().items()
        return template.format(**{name: _in_words(value) for name, value in values})


def _in_words(value: object) -> object:
    if not isinstance(value, tuple):
        return value
    shown = [f"`{item}`" for item in value[:20]]
    more = [f"and {len(value) - 20} more"] if len(value) > 20 else []
    return ", ".join(shown + more) or "none"


class CellsDiagnostic(DataDiagnostic):
    """The help says how many cells are like the first."""

    @property
    def help_message(self) -> str:
        """The help, and how many cells are like the first."""
        count = self.values()["count"]
        others = "" if count == 1 else f" ({count} cells are like this)"
        return super().help_message + others


class SuggestingDiagnostic(DataDiagnostic):
    """The help is `otherwise` where there is no similar name to suggest."""

    otherwise: ClassVar[str] = ""

    @property
    def help_message(self) -> str:
        """The help that suggests a name, or what to do where none is similar."""
        if self.help_text is None and not self.values()["suggestion"]:
            return self._fill(self.otherwise)
        return super().help_message
