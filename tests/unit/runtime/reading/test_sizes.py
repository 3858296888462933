"""Where the sizes of index sets come from."""

from data_files import PLAIN, Y, array, facts, model, over, problem

from pplc.runtime.reading.load import load


def test_where_sizes_come_from(write):
    path = write("d.json", {"y": [1, 2, 3], "M": 7})
    manifest = model(Y, sets=["N", "M", "L", {"name": "K", "size": 2}])
    assert load(manifest, [path], {"L": 4}).sizes == {"N": 3, "M": 7, "L": 4, "K": 2}
    data = load(manifest, [path], {"L": 4, "K": 5, "N": 3})
    assert data.sizes == {"N": 3, "M": 7, "L": 4, "K": 5}


def test_sizes_that_disagree_name_both_sources(write):
    manifest = model(Y, array("x", ["N"]))
    found = problem(manifest, write("a.csv", "x\n1\n2\n"), write("b.csv", "y\n1\n2\n3\n"))
    assert facts(found) == {
        "code": "R860", "name": "N", "first": "`y` in b.csv", "first_size": 3,
        "second": "`x` in a.csv", "second_size": 2,
    }  # fmt: skip
    found = problem(PLAIN, write("d.json", {"y": [1, 2], "N": 5}), sizes={"N": 2})
    assert (found.first, found.second) == ("`y` in d.json", "`N` in d.json")
    assert found.subject == "N"


def test_size_unknown_or_impossible(write):
    path = write("d.csv", "y\n1\n")
    manifest = model(Y, sets=["N", "K"])
    assert facts(problem(manifest, path)) == {"code": "R861", "name": "K"}
    assert problem(manifest, path, sizes={"K": 0}).code == "R862"
    for bad in (0, 2.5, -1, None, "three"):
        found = problem(manifest, write("d.json", {"y": [1], "K": bad}))
        assert (found.code, found.source) == ("R862", "`K` in d.json")
    assert problem(PLAIN, write("d.json", {"y": []})).code == "R862"


def test_set_of_an_unknown_index_set(write):
    found = problem(PLAIN, write("d.csv", "y\n1\n"), sizes={"n": 1})
    assert facts(found) == {"code": "R863", "name": "n", "known": ("N",), "suggestion": "N"}
    assert found.subject is None


def test_rows(write):
    y, s = array("y", ["N"]), over("s", ["N"], "S")
    manifest = model(y, s, sets=["N", "S"], observed=[y])
    path = write("d.json", {"y": [1, 2, 3], "s": ["c", "b", "a"], "N": 3})
    data = load(manifest, [path], rows=2)
    assert data.sizes == {"N": 2, "S": 2}
    assert (data["y"].tolist(), data.labels["S"]) == ([1, 2], ("b", "c"))
    found = problem(manifest, path, rows=9)
    assert facts(found) == {"code": "R864", "name": "N", "asked": 9, "found": 3}
