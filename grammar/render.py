"""Diagnostics as text for a terminal and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from pplc.grammar.diagnostics import Diagnostic, Fix
from pplc.grammar.snippet import Mark, Row, printable, snippet
from pplc.grammar.source import Source, Span

#: The number of the shape that `diagnostics_json` documents.
JSON_FORMAT = 1

_COLOURS = {
    "error": "\x1b[1;31m",
    "warning": "\x1b[1;33m",
    "bold": "\x1b[1m",
    "gutter": "\x1b[1;34m",
    "note": "\x1b[1;34m",
    "fix": "\x1b[1;32m",
}
_RESET = "\x1b[0m"
#: A message that quotes more of the spec than this is cut in the middle.
_LONGEST_MESSAGE = 400

_Paint = Callable[[str, str], str]


def render(diagnostic: Diagnostic, source: Source, *, color: bool = False) -> str:
    """One diagnostic: its title, its places with their lines underlined, its help and fixes."""
    paint: _Paint = _coloured if color else _plain
    rows = snippet(source, _marks(diagnostic))
    mended = [(fix, _mended(source, fix)) for fix in diagnostic.fixes]
    every_row = rows + [row for _, fixed in mended for row in fixed]
    margin = max((len(str(row.number)) for row in every_row if row.number), default=1)
    blank = " " * margin

    title = paint("bold", f": {_one_line(diagnostic.message)}")
    place = printable(source.name)
    if diagnostic.span is not None:
        line, column = source.position(diagnostic.span.start)
        place = f"{place}:{line}:{column}"
    lines = [
        paint(diagnostic.severity, f"{diagnostic.severity}[{diagnostic.code}]") + title,
        f"{blank}{paint('gutter', '-->')} {place}",
    ]
    lines += _gutter(rows, margin, paint)
    asides = [("note", note.text) for note in diagnostic.notes if note.span is None]
    asides += [("help", diagnostic.help_message)] if diagnostic.help_message else []
    if rows and (asides or mended):
        lines.append(f"{blank} {paint('gutter', '|')}")
    lines += [_aside(kind, text, blank, paint) for kind, text in asides]
    for fix, fixed in mended:
        lines.append(_aside("fix", fix.text, blank, paint))
        lines += _gutter(fixed, margin, paint)
    return "\n".join(lines) + "\n"


def render_all(diagnostics: Iterable[Diagnostic], source: Source, *, color: bool = False) -> str:
    """All diagnostics in the order of their places, and a last line that counts them."""
    ordered = in_order(diagnostics)
    texts = [render(diagnostic, source, color=color) for diagnostic in ordered]
    return "\n".join([*texts, f"{counts(ordered)}\n"])


def counts(diagnostics: Sequence[Diagnostic]) -> str:
    """`2 errors, 1 warning`, or `no problems`."""
    parts = []
    for severity in ("error", "warning"):
        number = sum(d.severity == severity for d in diagnostics)
        if number:
            parts.append(f"{number} {severity}{'s' if number > 1 else ''}")
    return ", ".join(parts) or "no problems"


def in_order(diagnostics: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Sorted by place, those without one first."""
    return sorted(diagnostics, key=lambda d: (-1, -1) if d.span is None else (d.span.start, 0))


def diagnostics_json(diagnostics: Iterable[Diagnostic], source: Source) -> str:
    """The diagnostics as JSON, in a shape that stays.

    An object with `format` (1), `file`, `errors` and `warnings` (how many), and `diagnostics`: a
    list in the order of their places, each with

    - `code`, `severity` (`error` or `warning`), `message`, `label` and `help` (empty where none);
    - `file`, `start` and `end`: `{line, column, offset}`, lines and columns counted from 1 and
      offsets in characters from 0, the end exclusive; both are null where there is no place;
    - `notes`: `{message, start, end}`; `fixes`: `{message, start, end, replacement}`;
    - `data`: the diagnostic's own fields, by name.
    """
    ordered = in_order(diagnostics)
    errors = sum(d.severity == "error" for d in ordered)
    record = {
        "format": JSON_FORMAT,
        "file": source.name,
        "errors": errors,
        "warnings": len(ordered) - errors,
        "diagnostics": [_record(diagnostic, source) for diagnostic in ordered],
    }
    return json.dumps(record, indent=2, ensure_ascii=False) + "\n"


def _record(diagnostic: Diagnostic, source: Source) -> dict[str, Any]:
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity,
        "message": diagnostic.message,
        "label": diagnostic.label_message,
        "help": diagnostic.help_message,
        "file": source.name,
        **_ends(diagnostic.span, source),
        "notes": [{"message": n.text, **_ends(n.span, source)} for n in diagnostic.notes],
        "fixes": [
            {"message": f.text, **_ends(f.span, source), "replacement": f.replacement}
            for f in diagnostic.fixes
        ],
        "data": {name: _jsonable(value) for name, value in diagnostic.values().items()},
    }


def _ends(span: Span | None, source: Source) -> dict[str, Any]:
    if span is None:
        return {"start": None, "end": None}
    return {"start": _point(span.start, source), "end": _point(span.end, source)}


def _point(offset: int, source: Source) -> dict[str, int]:
    line, column = source.position(offset)
    return {"line": line, "column": column, "offset": offset}


def _jsonable(value: Any) -> Any:
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if isinstance(value, list | tuple):
        return [_jsonable(item) for item in value]
    return str(value)


def _marks(diagnostic: Diagnostic) -> list[Mark]:
    marks = []
    if diagnostic.span is not None:
        label = _one_line(diagnostic.label_message)
        marks.append(Mark(diagnostic.span, "^", label, diagnostic.severity))
    for note in diagnostic.notes:
        if note.span is not None:
            marks.append(Mark(note.span, "-", _one_line(note.text), "note"))
    return marks


def _mended(source: Source, fix: Fix) -> list[Row]:
    """The lines as the fix leaves them, with what it put there marked."""
    text = source.text[: fix.span.start] + fix.replacement + source.text[fix.span.end :]
    sign = "+" if fix.span.start == fix.span.end else "~"
    changed = Span(fix.span.start, fix.span.start + len(fix.replacement))
    return snippet(Source(source.name, text), [Mark(changed, sign, "", "fix")])


def _gutter(rows: Sequence[Row], margin: int, paint: _Paint) -> list[str]:
    if not rows:
        return []
    bar = paint("gutter", "|")
    lines = [f"{' ' * margin} {bar}"]
    for row in rows:
        if row.gap:
            lines.append(paint("gutter", "..."))
            continue
        number = paint("gutter", str(row.number or "").rjust(margin))
        text = paint(row.style, row.text) if row.style else row.text
        lines.append(f"{number} {bar} {text}".rstrip())
    return lines


def _aside(kind: str, text: str, blank: str, paint: _Paint) -> str:
    head = f"{blank} {paint('gutter', '=')} {paint('bold', kind)}: "
    indent = " " * (len(blank) + len(f" = {kind}: "))
    return head + _message(text).replace("\n", f"\n{indent}")


def _one_line(text: str) -> str:
    return _message(text).replace("\n", " ")


def _message(text: str) -> str:
    text = printable(text)
    if len(text) <= _LONGEST_MESSAGE:
        return text
    half = _LONGEST_MESSAGE // 2
    return f"{text[:half]} ... {text[-half:]}"


def _plain(_style: str, text: str) -> str:
    return text


def _coloured(style: str, text: str) -> str:
    leading = len(text) - len(text.lstrip(" "))
    return f"{text[:leading]}{_COLOURS[style]}{text[leading:]}{_RESET}" if text.strip() else text
