"""``kedro where ID``: where each delivered row of a listing went."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click
import pytest
from click.testing import CliRunner
from kedro.framework.startup import bootstrap_project
from week import as_csv, changed, good_rows

from rental_pricing.cli import where

if TYPE_CHECKING:
    from click.testing import Result


@pytest.fixture
def where_is(project: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Ask for a listing in a project of this process."""
    metadata = bootstrap_project(project.path)
    monkeypatch.chdir(project.path)

    def ask(listing_id: str) -> Result:
        return CliRunner().invoke(where, [listing_id], obj=metadata)

    return ask


def test_rows_are_told_drop_by_drop(project: Any, where_is: Any) -> None:
    """One line a row; drops without the listing are named."""
    (project.drops / "2024-01-08.csv").write_bytes(as_csv(good_rows(20)))
    (project.drops / "2024-01-15.csv").write_bytes(as_csv(changed(good_rows(20), 3, price="0")))
    (project.drops / "2024-01-22.csv").write_bytes(as_csv(good_rows(3)))
    project.run(("data_processing",))
    answer = where_is("1003")
    assert answer.exit_code == 0
    assert answer.stdout.splitlines() == [
        "2024-01-08, line 5: superseded by 2024-01-15, line 5",
        "2024-01-15, line 5: rejected, price_out_of_range: price 0 is not in 10 to 350",
        "not in 2024-01-22",
    ]
    unknown = where_is("7")
    assert unknown.exit_code == 1
    assert "No row of the drops 2024-01-08, 2024-01-15, 2024-01-22 has the id 7." in unknown.output


@pytest.mark.parametrize(
    ("listing_id", "told"),
    [
        ("1003", "Process the drops first: kedro run --pipelines"),
        ("x", "'x' is not a valid int"),
        (str(2**63), "is not in the range"),
    ],
)
def test_what_cannot_be_answered_is_told(where_is: Any, listing_id: str, told: str) -> None:
    """Without a traceback."""
    answer = where_is(listing_id)
    assert answer.exit_code != 0
    assert answer.exception is None or isinstance(answer.exception, SystemExit)
    assert told in answer.output


def test_the_command_is_kedros() -> None:
    """``kedro where`` finds it in the project's commands."""
    from rental_pricing.cli import cli

    assert isinstance(cli.commands["where"], click.Command)
