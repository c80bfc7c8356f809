"""Only judged, passed listings are trained on."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from rental_pricing.errors import UnvalidatedDataError, ValidationFailedError
from rental_pricing.listings.digest import frame_digest
from rental_pricing.quality.gate import require_validated

LISTINGS = pd.DataFrame({"id": [1, 2], "price": [70.0, 80.0]})
CHECK = {
    "name": "price_range",
    "column": "price",
    "rule": "10 to 350",
    "value": 1,
    "threshold": 0,
    "status": "failed",
    "examples": ["9.0 (id 1)"],
}


def report(*, passed: bool, listings: pd.DataFrame = LISTINGS) -> dict[str, Any]:
    checks = [] if passed else [CHECK]
    digest = frame_digest(listings)
    return {"passed": passed, "digest": digest, "drops": ["2024-01-08"], "checks": checks}


def test_judged_and_passed_listings_go_through() -> None:
    """The gate only refuses."""
    require_validated(LISTINGS, report(passed=True))


def test_listings_that_were_not_judged_are_refused() -> None:
    """One changed price is enough; the message says how to validate them."""
    other = LISTINGS.assign(price=[70.0, 81.0])
    with pytest.raises(UnvalidatedDataError, match="kedro run --pipelines data_validation"):
        require_validated(other, report(passed=True))


def test_listings_that_did_not_pass_are_refused() -> None:
    """The broken rule is told again."""
    with pytest.raises(ValidationFailedError, match=r"price_range \[price\]: 10 to 350: found 1"):
        require_validated(LISTINGS, report(passed=False))
