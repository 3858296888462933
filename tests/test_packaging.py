"""What is installed is what is in the tree."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDERS = {"pplc": "pplc", **{f"pplc.{name}": name for name in ("grammar", "compiler", "runtime")}}


def test_every_package_is_listed():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    found = {
        ".".join([package, *path.parent.relative_to(ROOT / folder).parts])
        for package, folder in FOLDERS.items()
        for path in (ROOT / folder).rglob("__init__.py")
    }
    assert set(settings["packages"]) == found
    for package, folder in settings["package-dir"].items():
        assert (ROOT / folder / "__init__.py").exists(), package


def test_every_file_of_data_is_listed():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]
    for package, folder in FOLDERS.items():
        data = {p for p in (ROOT / folder).iterdir() if p.is_file() and p.suffix != ".py"}
        patterns = settings["package-data"].get(package, [])
        listed = {path for pattern in patterns for path in (ROOT / folder).glob(pattern)}
        assert data == listed, package
