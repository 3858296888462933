"""Manifests of made-up models, and what is wrong with their data."""

import pytest

from pplc.runtime.manifest import Manifest
from pplc.runtime.problems import DataError
from pplc.runtime.reading.load import load

REAL = {}
POSITIVE = {"lower": 0.0, "lower_open": True}
NAT = {"lower": 0.0, "integer": True}
INT = {"integer": True}
BOOL = {"lower": 0.0, "upper": 1.0, "integer": True}
UNIT = {"lower": 0.0, "upper": 1.0}


def array(name, dims, type="real", bounds=REAL, **more):
    return {"name": name, "dims": dims, "type": type, "bounds": bounds, "place": (0, 1), **more}


def over(name, dims, index_set, **more):
    return array(name, dims, index_set, INT, index_set=index_set, **more)


def model(*data, sets=("N",), observed=()):
    """A manifest of these arrays; `sets` are names, or entries with a size or label start."""
    entries = [{"name": s} if isinstance(s, str) else s for s in sets]
    site = {"role": "observed", "law": "Normal", "support": "real", "place": (0, 1)}
    return Manifest.model_validate(
        {
            "format": 1,
            "pplc": "0.1.0",
            "spec": {"name": "test.ppl", "sha256": "0" * 64},
            "index_sets": [{"place": (0, 1), **entry} for entry in entries],
            "data": list(data),
            "sites": [{"name": d["name"], "dims": d["dims"], **site} for d in observed],
            "terms": {},
            "guide": [],
        }
    )


Y = array("y", ["N"])
PLAIN = model(Y)


def problems(manifest, *paths, **options):
    with pytest.raises(DataError) as caught:
        load(manifest, paths, **options)
    return list(caught.value.problems)


def problem(manifest, *paths, **options):
    (only,) = problems(manifest, *paths, **options)
    assert str(only).startswith(only.code)
    return only


def facts(found):
    return {"code": found.code, **found.values()}
