"""What README.md shows is what there is."""

import re
from pathlib import Path

from pplc.cli import commands

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()


def test_the_model_is_the_spec():
    spec = (ROOT / "specs" / "faithful.ppl").read_text()
    header = re.match(r"(#.*\n)+", spec)
    assert f"```\n{spec[header.end() :]}```\n" in README


def test_every_command_is_in_the_table():
    named = set(re.findall(r"^\| `pplc (\w+) ", README, re.MULTILINE))
    assert named == set(commands.commands)


def test_make_targets_exist():
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"\bmake ([a-z-]+)", README):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
