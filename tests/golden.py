"""Golden files: what people read is kept in a file, and `pytest --update` writes the file anew."""

import difflib
from collections.abc import Callable
from pathlib import Path

import pytest


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update", action="store_true", help="write golden files anew")


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[Path, str], None]:
    """`golden(path, text)`: the text must be that of the file; no file stands for no text."""

    def compare(path: Path, text: str) -> None:
        expected = path.read_text(encoding="utf-8") if path.exists() else ""
        if text == expected:
            return
        if request.config.getoption("--update"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        else:
            lines = expected.splitlines(), text.splitlines()
            change = "\n".join(difflib.unified_diff(*lines, str(path), "now", lineterm=""))
            pytest.fail(f"{change}\n\n`make update-golden` accepts the change", pytrace=False)

    return compare
