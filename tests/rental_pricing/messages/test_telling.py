"""Which errors are told, and as what."""

from __future__ import annotations

from typing import Any

import pytest
from kedro.io.core import DatasetError

from rental_pricing.errors import UserInputError
from rental_pricing.messages import datasets
from rental_pricing.messages.telling import tell


def raised(error: BaseException, cause: BaseException | None = None) -> Any:
    """Return an error as it is caught, with its cause."""
    try:
        raise error from cause  # noqa: TRY301 - what is caught is what is returned
    except BaseException as caught:  # noqa: BLE001 - any of them
        return caught


@pytest.mark.parametrize("wraps", [1, 2])
def test_the_projects_own_error_is_told_by_its_text_alone(wraps: int) -> None:
    """Kedro wraps what is raised while a dataset is loaded or saved, and adds its class."""
    error: Any = raised(UserInputError("a.csv, line 3: no price"))
    for _ in range(wraps):
        text = f"drops: Failed while saving data to dataset x.Y(a=1).\n{error}"
        error = raised(DatasetError(text), error)
    assert tell(error, {}) == "a.csv, line 3: no price"


DATASET_ERRORS = {
    # as from another process, which keeps no causes
    "drops: a.csv, line 3: no price": "drops: a.csv, line 3: no price.",
    "report: Failed while saving data to dataset x.Y(filepath=P('a.json')).\nno": (
        "report (a.json): no."
    ),
    "\nY.__init__() got an unexpected keyword argument 'a'.\n"
    "Dataset 'report' must only contain arguments valid for the constructor of 'x.Y'.": (
        "report: its catalog entry has 'a', which it does not know.\n"
        "Correct its entry in the catalog, conf/*/catalog*.yml."
    ),
}


@pytest.mark.parametrize("text", DATASET_ERRORS)
def test_a_datasets_error_is_told_without_its_class(text: str) -> None:
    """Name, file and problem; where the entry itself is wrong, where it stands."""
    assert datasets.told(raised(DatasetError(text)), {}) == DATASET_ERRORS[text]


def test_a_defect_is_not_told() -> None:
    """Its traceback is what helps."""
    assert tell(raised(ValueError("no such thing")), {}) is None
    assert tell(raised(ZeroDivisionError()), {}) is None


def test_a_full_disk_is_told() -> None:
    """What the operating system refuses has a reason and a place."""
    assert tell(raised(OSError(28, "No space left on device", "a.csv")), {}) == (
        "No space left on device: a.csv"
    )


@pytest.mark.parametrize(("lines", "told"), [(30, 30), (31, 31), (32, 31)])
def test_a_long_message_is_cut_to_thirty_lines(lines: int, told: int) -> None:
    """What is left out is counted."""
    text = tell(raised(UserInputError("\n".join(f"row {n}" for n in range(lines)))), {})
    assert text is not None
    assert len(text.splitlines()) == told
    assert ("... +" in text) == (lines > 30)


@pytest.mark.parametrize(("length", "told"), [(500, 500), (501, 500)])
def test_a_long_line_is_cut(length: int, told: int) -> None:
    """A value of a megabyte does not fill the screen."""
    text = tell(raised(UserInputError("x" * length)), {})
    assert text is not None
    assert len(text) == told
    assert text.endswith("…") == (length > 500)
