"""What must have been made together, and the refusal of what was not.

Every step can be run by itself from what earlier runs left on disk. So each dataset says
what it was made of, and each step compares that with its other inputs before it works:
a result never mixes two deliveries, splits, markets or models.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rental_pricing.errors import MixedDataError, cut

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

SPLIT = "split"
"""Key of ``DataFrame.attrs`` that says which split a table's listings come from."""

MODEL = "model"
"""Key of ``attrs`` and of metrics, and column of tables: identity of the model they are about."""

PROCESS_AGAIN = "kedro run"
SPLIT_AGAIN = "kedro run --from-nodes modeling.split_listings"
TRAIN_AGAIN = "kedro run --from-nodes modeling.train_price_model"
JUDGE_AGAIN = "kedro run --from-nodes modeling.estimate_test_listings,modeling.explain_model"
VALIDATE_AGAIN = "kedro run --pipelines data_validation,modeling"

_SHOWN = 16
_ABSENT = "not said"


def require_same(remedy: str, /, **said: Mapping[str, Any]) -> None:
    """Refuse inputs that say different things of what they were made of.

    Args:
        remedy: The command that makes them anew, together.
        said: By name of an input, what it says; the first is compared with each other
            one. A key that is missing on either side counts as a difference.

    Raises:
        MixedDataError: Naming both, what differs and the command.
    """
    (name, expected), *others = said.items()
    for other, found in others:
        lines = [
            f"  {key}: {_short(expected.get(key))} in {name}, {_short(found.get(key))} in {other}"
            for key in dict.fromkeys([*expected, *found])
            if expected.get(key, _ABSENT) != found.get(key, _ABSENT)
        ]
        if lines:
            told = "\n".join([f"{name} and {other} were not made together:", *lines])
            msg = f"{told}\n{_run(remedy)}"
            raise MixedDataError(msg)


def split_of(listings: pd.DataFrame, part: str) -> dict[str, Any]:
    """Return what a part says of its split: data, market, seed and shares.

    Args:
        listings: A part of the listings, or estimates for it.
        part: Which part it must be.

    Raises:
        MixedDataError: If it does not say, or is another part.
    """
    said = dict(listings.attrs.get(SPLIT, {}))
    found = said.pop("part", None)
    if found != part:
        msg = (
            f"A table of {part} listings is needed, and this one says that it is of "
            f"{_short(found)}.\n{_run(SPLIT_AGAIN)}"
        )
        raise MixedDataError(msg)
    return said


def require_training_data(
    parts: Mapping[str, pd.DataFrame],
    split: Mapping[str, Any],
    processing_report: Mapping[str, Any],
    validation_report: Mapping[str, Any],
) -> None:
    """Refuse parts and reports that are not of the data, market and split asked for.

    Args:
        parts: Listings by part.
        split: As from :func:`rental_pricing.evaluation.split.split_provenance`, of the
            report's data and this run's parameters.
        processing_report: Must be about the data that was judged.
        validation_report: Must be about the market of the parameters.

    Raises:
        MixedDataError: Naming what does not belong together, and the command.
    """
    judged = {key: validation_report.get(key) for key in ("digest", "market")}
    processed = {
        "digest": processing_report.get("listings_digest"),
        "market": processing_report.get("market"),
    }
    ours = {"the parameters": {"market": split["market"]}}
    require_same(PROCESS_AGAIN, **ours, validation_report={"market": judged["market"]})
    require_same(VALIDATE_AGAIN, validation_report=judged, processing_report=processed)
    asked = {"what is asked for": split}
    require_same(SPLIT_AGAIN, **asked, **_splits(parts))


def require_split(split: Mapping[str, Any], **parts: pd.DataFrame) -> None:
    """Refuse listings of another split than the model's.

    Args:
        split: What the model says of its split.
        parts: Listings by part.

    Raises:
        MixedDataError: Naming the first part that is of another split.
    """
    require_same(TRAIN_AGAIN, price_model=split, **_splits(parts))


def require_one_model(estimates: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """Refuse estimates of several models or splits, and return what they say.

    Args:
        estimates: Estimates by part.

    Raises:
        MixedDataError: If they differ in anything but their part.
    """
    said: dict[str, dict[str, Any]] = {
        f"{part}_estimates": {str(key): value for key, value in table.attrs.items()}
        | {SPLIT: split_of(table, part)}
        for part, table in estimates.items()
    }
    require_same(TRAIN_AGAIN, **said)
    return next(iter(said.values()))


def model_of(table: pd.DataFrame) -> str | None:
    """Return which model a table of results is about; ``None`` if it does not say."""
    if MODEL not in table:
        return None
    return ", ".join(sorted(set(table[MODEL].astype("str"))))


def _splits(parts: Mapping[str, pd.DataFrame]) -> dict[str, dict[str, Any]]:
    return {f"{part}_listings": split_of(listings, part) for part, listings in parts.items()}


def _run(command: str) -> str:
    return f"Run, with the same --params if any: {command}"


def _short(value: object) -> str:
    return _ABSENT if value is None else cut(str(value), _SHOWN)
