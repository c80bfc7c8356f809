"""Growth is judged by the exponent of the time and by the memory of each process."""

from __future__ import annotations

from argparse import Namespace

import pytest

from growth import Taken, exponent, section

GIVEN = Namespace(workers=2)


def taken(rows: int, seconds: float, engine: str = "pandas", **memory: float) -> Taken:
    return Taken(
        engine, "inference", rows, seconds, seconds + 3, seconds, {"command": 0.5, **memory}
    )


def verdicts(*each: Taken) -> dict[str, bool]:
    return {target.what: target.is_met for target in section(each, GIVEN).targets}


@pytest.mark.parametrize(("seconds", "power"), [(10, 1.0), (100, 2.0), (1, 0.0)])
def test_ten_times_the_rows_tell_the_exponent(seconds: float, power: float) -> None:
    assert exponent(taken(1000, 1), taken(10_000, seconds)) == pytest.approx(power)


@pytest.mark.parametrize(("seconds", "is_met"), [(10**2.09, True), (10**2.11, False)])
def test_the_exponent_counts_from_200_thousand_rows_to_the_most(
    *, seconds: float, is_met: bool
) -> None:
    found = verdicts(taken(20_000, 50), taken(200_000, 1), taken(20_000_000, seconds))
    assert found["inference: exponent from 200,000 to 20,000,000 rows"] is is_met


def test_one_size_has_no_exponent() -> None:
    assert [what for what in verdicts(taken(200_000, 1)) if "exponent" in what] == []


@pytest.mark.parametrize(("memory", "is_met"), [(4.0, True), (4.01, False)])
def test_the_largest_process_of_pandas_is_told(*, memory: float, is_met: bool) -> None:
    found = verdicts(taken(200_000, 1), taken(2_000_000, 9, command=memory))
    assert found["pandas: largest process (inference, 2,000,000 rows)"] is is_met


@pytest.mark.parametrize(("seconds", "is_met"), [(20.0, True), (20.1, False)])
def test_dask_is_judged_beside_pandas_at_the_most_rows(*, seconds: float, is_met: bool) -> None:
    small = taken(200_000, 1), taken(200_000, 9, "dask")
    large = taken(2_000_000, 10), taken(2_000_000, seconds, "dask")
    found = verdicts(*small, *large)
    assert found["dask: of pandas' time, 2,000,000 rows, all pipelines"] is is_met


@pytest.mark.parametrize("role", ["command", "worker", "tracker"])
def test_each_process_of_dask_is_held_to_its_memory(role: str) -> None:
    found = verdicts(taken(2_000_000, 10), taken(2_000_000, 9, "dask", **{role: 1.01}))
    assert found["dask: largest process, 2,000,000 rows"] is False


def test_of_several_rounds_the_middle_one_counts() -> None:
    small = [taken(200_000, 1)] * 3
    found = verdicts(*small, *(taken(2_000_000, seconds) for seconds in (50, 9, 10)))
    assert found["inference: exponent from 200,000 to 2,000,000 rows"] is True
