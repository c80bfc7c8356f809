"""What commands import on their way to the first node, and how."""

from __future__ import annotations

import gc
import importlib
import json
import subprocess
import sys
import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

from rental_pricing.importing import uncollected, without

if TYPE_CHECKING:
    from pathlib import Path

CATALOG = """
import sys
from pathlib import Path
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project

bootstrap_project(Path.cwd())
with KedroSession.create() as session:
    catalog = session.load_context().catalog
    made = [catalog.get(name) for name in catalog]
assert {"CSVDataset", "PriceModelDataset"} <= {type(each).__name__ for each in made}
assert "skops.io" in sys.modules
assert not {"sqlalchemy", "pytest", "plotly", "optuna"} & set(sys.modules)

from kedro_datasets.pandas import SQLTableDataset
assert "sqlalchemy" in sys.modules
"""

PLAIN = """
import sys
sys.modules |= {"sklearn.externals.array_api_compat." + name: None for name in ("dask", "torch")}
import skops.io
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


def test_a_catalog_imports_no_database(new_project: Any, tmp_path: Path) -> None:
    """All of its datasets are made before the first node runs; one that needs it still gets it."""
    project = new_project(tmp_path / "project")
    subprocess.run([sys.executable, "-c", CATALOG], cwd=project.path, check=True, timeout=60)


def test_skops_trusts_the_same_types_however_it_is_imported() -> None:
    """It is asked to look for their names in fewer modules."""
    ours, its_own = (
        json.loads(subprocess.check_output([sys.executable, "-c", code + NAMES], timeout=60))
        for code in ("import rental_pricing.model.skops_import", PLAIN)
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
    gc.unfreeze()
    with uncollected():
        assert not gc.isenabled()
    assert gc.isenabled() is is_on
    assert gc.get_freeze_count() > 0


@pytest.mark.usefixtures("collector")
def test_garbage_of_a_run_is_collected_though_the_next_one_imports_more() -> None:
    """A command may run several pipelines; large tables may be in what they leave."""
    with uncollected():
        pass

    class Table:
        itself: Table

    table = Table()
    table.itself = table
    seen = weakref.ref(table)
    del table
    with uncollected():
        pass
    gc.collect()
    assert seen() is None
