"""The examples of `pplc explain`: the good ones are read, the bad ones give their code."""

import inspect
import re
import textwrap

import pytest
from unit.grammar.specs import codes

from pplc.grammar import catalogue

KINDS = catalogue.family("E1")
#: Their bad examples are not spec text that can be shown.
NOT_SHOWN = {"E102", "E103", "E104"}


def example(kind, heading):
    text = inspect.cleandoc(kind.__doc__)
    block = re.search(rf"^{heading}:\n\n((?:    .*\n|\n)+)", text + "\n", re.MULTILINE).group(1)
    return textwrap.dedent(block)


@pytest.mark.parametrize("code", KINDS)
def test_good_examples_are_read(code):
    assert codes(example(KINDS[code], "Good")) == []


@pytest.mark.parametrize("code", [code for code in KINDS if code not in NOT_SHOWN])
def test_bad_examples_give_their_code_alone(code):
    assert set(codes(example(KINDS[code], "Bad"))) == {code}
