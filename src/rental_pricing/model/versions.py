"""Versions of what a model's numbers depend on."""

import platform
from importlib.metadata import version

_LIBRARIES = ("numpy", "pandas", "scikit-learn", "scipy", "skops")


def library_versions() -> dict[str, str]:
    """Return the versions of Python and of the libraries that train and load a model."""
    return {
        "python": platform.python_version(),
        **{name: version(name) for name in _LIBRARIES},
    }
