"""Accounts of raw rows."""

from __future__ import annotations

from typing import Any

import pytest

from rental_pricing.listings.accounts import require_balance, total_account

KEPT = {"2024-01-08": 2, "2024-01-15": 1}
REJECTED = {"2024-01-08": {"outside_city": 1}, "2024-01-15": {}}
ACCOUNTS: dict[str, dict[str, Any]] = {
    "2024-01-08": {"rows": 4, "kept": 2, "superseded": 1, "rejected": {"outside_city": 1}},
    "2024-01-15": {"rows": 1, "kept": 1, "superseded": 0, "rejected": {}},
}


def test_accounts_that_add_up_are_in_balance() -> None:
    """Rows, and what is in the tables."""
    require_balance(ACCOUNTS, KEPT, REJECTED)


@pytest.mark.parametrize(
    "change",
    [
        {"rows": 5},
        {"superseded": 0},
        {"kept": 3, "rows": 5},
        {"kept": 1, "rows": 3},
        {"rejected": {"missing_value": 1}},
        {"rejected": {"outside_city": 2}, "rows": 5},
        {"rejected": {}, "rows": 3},
    ],
)
def test_a_row_that_went_nowhere_is_a_defect(change: dict[str, Any]) -> None:
    """In the sums, or between the account and the tables that are saved."""
    wrong = ACCOUNTS | {"2024-01-08": ACCOUNTS["2024-01-08"] | change}
    with pytest.raises(AssertionError, match="2024-01-08"):
        require_balance(wrong, KEPT, REJECTED)


def test_the_total_adds_up_by_reason_in_alphabetical_order() -> None:
    """So that the report's bytes do not depend on which reason came first."""
    more = ACCOUNTS | {"2024-01-22": ACCOUNTS["2024-01-08"] | {"rejected": {"missing_value": 3}}}
    total = total_account(more)
    assert total == {
        "rows": 9, "kept": 5, "superseded": 2, "rejected": {"missing_value": 3, "outside_city": 1},
    }  # fmt: skip
    assert list(total["rejected"]) == ["missing_value", "outside_city"]
