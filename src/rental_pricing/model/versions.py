"""Versions of what a model's numbers depend on."""

import importlib.util
import platform
from importlib.metadata import PackageNotFoundError, version

import rental_pricing
from rental_pricing.errors import MissingExtraError

_LIBRARIES = ("numpy", "pandas", "scikit-learn", "scipy", "skops")
_TRAINERS = {"neural_network": "torch"}
"""Libraries that train an estimator, and are not needed to estimate with it."""


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


def trainer_version(estimator: str) -> dict[str, str | None]:
    """Return the version of the library that trains an estimator, besides those of all models.

    Args:
        estimator: Its name.

    Returns:
        By the library's name, ``None`` where it is not installed; empty if there is none.
    """
    name = _TRAINERS.get(estimator)
    if name is None:
        return {}
    try:
        return {name: version(name)}
    except PackageNotFoundError:
        return {name: None}


def require_trainer(estimator: str) -> None:
    """Refuse to train where the library that trains an estimator is not installed.

    Args:
        estimator: Its name.

    Raises:
        MissingExtraError: It is not.
    """
    name = _TRAINERS.get(estimator)
    if name is not None and importlib.util.find_spec(name) is None:
        msg = (
            f"modeling.estimator={estimator} needs PyTorch to train, which is not installed: "
            f"pip install 'rental-pricing[{name}]' (the builds for a CPU alone, and for each GPU, "
            "are told at pytorch.org). Or take another estimator, such as gradient_boosting."
        )
        raise MissingExtraError(msg)
