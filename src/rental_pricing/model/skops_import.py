"""skops, imported without most of the work that its import is.

It looks for all estimators of scikit-learn, and so imports PyTorch and Dask, where they are
installed, and pytest; and it looks for each function of SciPy in all modules, in the order of
their import.
"""

from __future__ import annotations

import importlib.util
import sys
from types import SimpleNamespace
from typing import Any

import scipy.special  # noqa: F401 - searched below
import skops

from rental_pricing.importing import without

_NOT_NEEDED = (
    *(f"sklearn.externals.array_api_compat.{name}" for name in ("cupy", "dask", "torch")),
    "pytest",
)


def _imported() -> Any:
    """Return ``skops.io``, which finds the functions of NumPy and SciPy in these alone."""
    spec = importlib.util.find_spec("skops.io")
    if spec is None or spec.loader is None or spec.name in sys.modules:
        return importlib.import_module("skops.io")
    sys.modules[spec.name] = skops.io = package = importlib.util.module_from_spec(spec)
    try:
        naming: Any = importlib.import_module("skops.io._utils")
        naming.sys = SimpleNamespace(
            modules={
                name: each
                for name, each in sys.modules.items()
                if name.partition(".")[0] in {"numpy", "scipy"}
            }
        )
        with without(*_NOT_NEEDED):
            spec.loader.exec_module(package)
        naming.sys = sys
    except BaseException:
        del sys.modules["skops.io"], sys.modules["skops.io._utils"]
        raise
    return package


skops_io = _imported()
