"""Versions of what a model's numbers depend on."""

import platform
from importlib.metadata import version

import rental_pricing

_LIBRARIES = ("numpy", "pandas", "scikit-learn", "scipy", "skops")


def library_versions() -> dict[str, str]:
    """Return the versions of Python, this package, and the libraries that train and load a model.

    They are a part of what a model is: trained by another release it is another model, even
    where its prices are the same.
    """
    return {
        "python": platform.python_version(),
        "rental-pricing": rental_pricing.__version__,
        **{name: version(name) for name in _LIBRARIES},
    }
