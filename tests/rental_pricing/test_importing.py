"""What commands import on their way to the first node, and how."""

from __future__ import annotations

import gc
import importlib
import json
import subprocess
import sys
from collections.abc import Iterator

import pytest

from rental_pricing.importing import uncollected, without

CATALOG = """
import sys
import rental_pricing.datasets.price_model
import rental_pricing.datasets.typed_drops
import rental_pricing.datasets.files
assert not {"sqlalchemy", "pytest"} & set(sys.modules)

from kedro_datasets.pandas import SQLTableDataset
assert "sqlalchemy" in sys.modules
import pytest
"""

NAMES = """
import json, sys
import skops.io._trusted_types, skops.io._utils
assert skops.io._utils.sys is sys
found = vars(skops.io._trusted_types).items()
print(json.dumps({name: value for name, value in found if name.endswith("_NAMES")}))
"""


@pytest.fixture
def collector() -> Iterator[None]:
    """Leave Python's collector as it was."""
    was_on = gc.isenabled()
    yield
    gc.unfreeze()
    (gc.enable if was_on else gc.disable)()


def test_the_catalogs_classes_import_no_database() -> None:
    """SQLAlchemy and pytest cost 0.15 seconds; a catalog that needs them still gets them."""
    subprocess.run([sys.executable, "-c", CATALOG], check=True, timeout=60)


def test_skops_trusts_the_same_types_however_it_is_imported() -> None:
    """It is asked to look for their names in fewer modules."""
    first = "from rental_pricing.model.skops_import import skops_io\n"
    ours, its_own = (
        json.loads(subprocess.check_output([sys.executable, "-c", code + NAMES], timeout=60))
        for code in (first, "")
    )
    assert ours == its_own
    assert any(name.startswith("scipy.special.") for name in ours["SCIPY_UFUNC_TYPE_NAMES"])
    assert any(name.startswith("numpy.") for name in ours["NUMPY_UFUNC_TYPE_NAMES"])


def test_a_module_is_absent_for_a_while_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that is there stays there."""
    monkeypatch.delitem(sys.modules, "colorsys", raising=False)
    with without("colorsys", "json"):
        with pytest.raises(ImportError):
            importlib.import_module("colorsys")
        assert importlib.import_module("json") is json
    assert importlib.import_module("colorsys")


@pytest.mark.usefixtures("collector")
@pytest.mark.parametrize("is_on", [True, False])
def test_the_collector_is_left_as_it_was(is_on: bool) -> None:  # noqa: FBT001
    """And what was imported is no more its business."""
    (gc.enable if is_on else gc.disable)()
    before = gc.get_freeze_count()
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled() is is_on
    assert gc.get_freeze_count() > before
