"""The invented drops: what they are like, and that the committed ones can be made again."""

from __future__ import annotations

import datetime as dt
import gzip
import os
import shlex
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from synthetic_draws import level
from synthetic_drops import main, make_drop, read_drop, update_drop, write_drop

from rental_pricing.listings.columns import RAW_COLUMNS

PROJECT = Path(__file__).parents[2]
RAW = PROJECT / "data/01_raw"
PROGRAM = "python tools/synthetic_drops.py "
WEEK, NEXT_WEEK = dt.date(2024, 1, 8), dt.date(2024, 1, 15)


@pytest.fixture(scope="module")
def drop() -> pd.DataFrame:
    """A drop of 20,000 rows that the tests look at and none changes."""
    return make_drop(20_000, date=WEEK, seed=7)


@pytest.fixture(scope="module")
def update(drop: pd.DataFrame) -> pd.DataFrame:
    """The drop of the week after."""
    return update_drop(drop, 10_000, date=NEXT_WEEK, seed=8, repeat_share=0.4)


def distance(first: pd.Series[float], second: pd.Series[float]) -> float:
    """The largest difference of two columns' cumulative shares."""
    values = np.concatenate([first.dropna(), second.dropna()])
    shares = [np.searchsorted(np.sort(one.dropna()), values, "right") for one in (first, second)]
    return float(np.abs(shares[0] / first.count() - shares[1] / second.count()).max())


def test_documented_commands_give_the_committed_drops(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The README's commands write the committed rows, and the very bytes where zlib is zlib."""
    monkeypatch.chdir(PROJECT)
    lines = (RAW / "README.md").read_text(encoding="utf-8").splitlines()
    commands = [line.removeprefix(PROGRAM) for line in lines if line.startswith(PROGRAM)]
    for command in commands:
        main([*shlex.split(command), "--to", str(tmp_path)])
    made = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    committed = {name: (RAW / "listings" / name).read_bytes() for name in made}
    assert sorted(made) == ["2024-01-08.csv.gz", "2024-01-15.csv.gz", "SOURCE.md"]
    if "zlib-ng" in zlib.ZLIB_RUNTIME_VERSION:
        unpacked = [{n: f if n == "SOURCE.md" else gzip.decompress(f) for n, f in each.items()}
                    for each in (made, committed)]  # fmt: skip
        made, committed = unpacked
    assert made == committed


def test_rows_do_not_depend_on_the_process() -> None:
    """Two processes with different hash seeds write the same bytes."""
    code = "import sys, datetime as dt; from pathlib import Path; import synthetic_drops as s; "
    code += "s.write_drop(s.make_drop(500, date=dt.date(2024, 1, 8)), Path('/dev/stdout'))"
    outputs = {
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": seed, "PYTHONPATH": str(PROJECT / "tools")},
            stdout=subprocess.PIPE,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_seed_and_date_decide_about_the_rows() -> None:
    """Another seed gives other rows, and so does another date."""
    drops = [make_drop(50, date=date, seed=seed) for date, seed in
             ((WEEK, 3), (WEEK, 4), (NEXT_WEEK, 3))]  # fmt: skip
    assert len({tuple(each["price"]) for each in drops}) == 3


@pytest.mark.parametrize("rows", [1, 2, 7, 1_000])
def test_a_drop_has_the_columns_of_the_feed(rows: int) -> None:
    """A drop of any size has the 16 columns, in the order of the file."""
    drop = make_drop(rows, date=WEEK)
    assert (rows, RAW_COLUMNS) == (len(drop), tuple(drop.columns))


@pytest.mark.parametrize("name", ["drop.csv", "drop.csv.gz"])
def test_a_file_gives_the_rows_back(drop: pd.DataFrame, tmp_path: Path, name: str) -> None:
    """Reading a file gives the listings, odd titles included, packed or not."""
    write_drop(drop, tmp_path / name)
    pd.testing.assert_frame_equal(drop, read_drop(tmp_path / name))


def test_columns_agree_with_each_other(drop: pd.DataFrame) -> None:
    """Without reviews there is no date and no rate; no review is from the day of the drop."""
    none = drop["number_of_reviews"] == 0
    assert none.mean() == pytest.approx(0.207, abs=0.015)
    assert drop["last_review"].isna().equals(none)
    assert drop["reviews_per_month"].isna().equals(none)
    assert drop["last_review"].max() == "2024-01-07"
    assert (drop["reviews_per_month"] <= drop["number_of_reviews"].mask(none)).sum() == (
        ~none
    ).sum()


def test_shares_and_medians_are_the_published_ones(drop: pd.DataFrame) -> None:
    """Boroughs, room types, hosts and prices are as the tool's figures say."""
    boroughs = drop["neighbourhood_group"].value_counts(normalize=True)
    assert boroughs["Manhattan"] == pytest.approx(0.443, abs=0.02)
    assert boroughs["Staten Island"] == pytest.approx(0.008, abs=0.004)
    assert (drop["price"] > 350).mean() == pytest.approx(0.05, abs=0.012)
    assert (drop["calculated_host_listings_count"] == 1).mean() == pytest.approx(0.66, abs=0.03)
    medians = drop.groupby(["neighbourhood_group", "room_type"])["price"].median()
    assert medians["Manhattan", "Entire home/apt"] == pytest.approx(190, rel=0.1)
    assert medians["Brooklyn", "Private room"] == pytest.approx(65, rel=0.1)


@pytest.mark.parametrize(("dear", "cheap"), [("luxury", "cozy"), ("3BR", "studio")])
def test_titles_tell_of_the_price(drop: pd.DataFrame, dear: str, cheap: str) -> None:
    """Words for size and quality go with the price of an entire home."""
    homes = drop[(drop["room_type"] == "Entire home/apt") & drop["price"].between(10, 350)]
    means = [homes["price"][homes["name"].str.contains(word, case=False, na=False)].mean()
             for word in (dear, cheap)]  # fmt: skip
    assert means[0] > 1.15 * means[1]


@pytest.mark.parametrize("pattern", ["\n", '"', ",", "^ ", " $", "[^\x00-\x7f]", "^.{150}"])
def test_few_titles_are_odd(drop: pd.DataFrame, pattern: str) -> None:
    """Line breaks, quotation marks, commas, blanks around, accents and long titles are there."""
    assert 0.001 < drop["name"].str.contains(pattern, na=False).mean() < 0.2


def test_oddities_are_counted(drop: pd.DataFrame) -> None:
    """So many prices of 0 and 10,000, places outside and repeated ids are in 20,000 rows."""
    outside = (drop["latitude"] < 40.5) | (drop["longitude"] < -74.25)
    assert (drop["price"] == 0).sum() == 10
    assert (drop["price"] == 10_000).sum() == 5
    assert drop["price"][~drop["price"].isin([0, 10_000])].between(10, 9_010).all()
    assert outside.sum() == 6
    assert drop["id"].duplicated().sum() == 10
    assert not drop.duplicated().any()
    assert 0 < drop["name"].isna().sum() < 60
    assert 0 < drop["host_name"].isna().sum() < 60


def test_an_update_repeats_the_same_homes(drop: pd.DataFrame, update: pd.DataFrame) -> None:
    """Repeated ids keep host, place and room type; few change title, some price or reviews."""
    before = drop.drop_duplicates("id", keep="last").set_index("id")
    after = update[update["id"].isin(before.index)].set_index("id")
    before = before.loc[after.index]
    fixed = ["host_id", "latitude", "longitude", "neighbourhood", "room_type"]
    titles = (before["name"].fillna("") != after["name"].fillna("")).mean()
    prices = (before["price"] != after["price"]).mean()
    more = after["number_of_reviews"] - before["number_of_reviews"]
    assert len(after) == 4_000
    assert before[fixed].equals(after[fixed])
    assert 0.01 < titles < 0.03
    assert 0.1 < prices < 0.3
    assert more.min() == 0
    assert after.loc[more > 0, "last_review"].between("2024-01-08", "2024-01-14").all()


def test_new_listings_have_new_hosts(drop: pd.DataFrame, update: pd.DataFrame) -> None:
    """A new listing never takes the number of another host."""
    others = update[~update["id"].isin(drop["id"])]
    assert not others["host_id"].isin(drop["host_id"]).any()


def test_an_update_is_like_the_week_before(drop: pd.DataFrame, update: pd.DataFrame) -> None:
    """No column's distribution moves by 0.05, the ages of the last reviews included."""
    weeks = [each.assign(age=(pd.Timestamp(date) - pd.to_datetime(each["last_review"])).dt.days)
             for each, date in ((drop, WEEK), (update, NEXT_WEEK))]  # fmt: skip
    columns = weeks[0].select_dtypes("number").columns
    distances = {name: distance(weeks[0][name], weeks[1][name]) for name in columns}
    assert max(distances.values()) < 0.05, distances


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ("--rows 0", "at least 1 row"),
        ("--rows 5 --seed -1", "seed=-1"),
        ("--rows 5 --update-of nowhere.csv", "nowhere.csv"),
        (f"--rows 5 --update-of {RAW}/listings/2024-01-15.csv.gz", "date the update later"),
        (f"--rows 90000 --update-of {RAW}/listings/2024-01-08.csv.gz", "lower the share"),
    ],
)
def test_nonsense_is_told(
    arguments: str, message: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command that makes no sense ends with the reason and writes nothing."""
    with pytest.raises(SystemExit) as end:
        main([*shlex.split(arguments), "--date", "2024-01-14", "--to", str(tmp_path)])
    assert end.value.code == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_scores_become_levels_of_the_normal_distribution() -> None:
    """The approximation is as good as it says: 1.96 leaves 2.5 % above it."""
    assert level(np.array([-1.96, 0.0, 1.96])) == pytest.approx([0.025, 0.5, 0.975], abs=2e-4)
