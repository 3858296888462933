"""A code is complete: its wording, its explanation, and a spec or a test that shows it."""

import inspect
import re
import string
from dataclasses import fields
from pathlib import Path

import pytest

from pplc.grammar import catalogue
from pplc.grammar.explain import explain
from pplc.runtime import problems

TESTS = Path(__file__).parent
CODES = catalogue.all_codes()
SPEC_CODES = [code for code in CODES if code[0] in "EW"]
TEST_TEXT = "\n".join(
    path.read_text()
    for path in TESTS.rglob("*")
    if path.suffix in {".py", ".err"} or path.name in {"stdout", "stderr"}
    if path != Path(__file__)
)
PROBLEMS = [kind for kind in vars(problems).values() if "code" in getattr(kind, "__dict__", {})]
PROBLEMS = {kind.code: kind for kind in PROBLEMS if isinstance(kind.code, str)}


def test_every_file_and_folder_of_the_catalogue_is_a_family():
    found = Path(catalogue.__file__).parent.iterdir()
    assert {p.stem for p in found} - {"__init__", "__pycache__"} == set(catalogue.FAMILIES.values())


@pytest.mark.parametrize("prefix", catalogue.FAMILIES)
def test_codes_are_unique_and_in_the_file_of_their_family(prefix):
    folder = Path(catalogue.__file__).parent
    name = catalogue.FAMILIES[prefix]
    written = [
        code
        for file in (*folder.glob(f"{name}.py"), *folder.glob(f"{name}/*.py"))
        for code in re.findall(r'^    code = "(.*)"$', file.read_text(), re.MULTILINE)
    ]
    assert sorted(written) == list(catalogue.family(prefix))
    assert all(re.fullmatch(prefix + r"\d\d", code) for code in written)


@pytest.mark.parametrize("code", CODES)
def test_explanation_has_a_bad_and_a_good_example(code):
    text = explain(catalogue.find(code))
    first = inspect.cleandoc(catalogue.find(code).__doc__).split("\n")[0]
    assert first.endswith((".", ","))
    for example in ("Bad", "Good"):
        assert re.search(rf"^{example}:\n\n    \S", text, re.MULTILINE)


@pytest.mark.parametrize("code", CODES)
def test_wording_is_a_template_over_the_fields(code):
    kind = catalogue.find(code)
    names = set(kind.own_fields())
    assert kind.title
    assert kind.label or code not in SPEC_CODES
    for template in (kind.title, kind.label, kind.help):
        used = {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}
        assert used <= names


@pytest.mark.parametrize("code", SPEC_CODES)
def test_a_bad_spec_shows_it(code):
    assert list((TESTS / "bad" / code).glob("*.ppl"))


@pytest.mark.parametrize("code", [code for code in CODES if code not in SPEC_CODES])
def test_a_test_names_it(code):
    assert code in TEST_TEXT


@pytest.mark.parametrize("code", sorted(PROBLEMS))
def test_a_problem_of_the_runtime_has_a_diagnostic_with_its_fields(code):
    kind = catalogue.find(code)
    assert kind is not None
    assert set(kind.own_fields()) == {f.name for f in fields(PROBLEMS[code])}


def test_no_bad_spec_is_filed_under_an_unknown_code():
    assert {p.name for p in (TESTS / "bad").iterdir()} <= set(CODES)


def test_looking_a_code_up():
    assert catalogue.find("E201").__name__ == "UnknownName"
    assert catalogue.find("E299") is None
    assert catalogue.find("") is None
