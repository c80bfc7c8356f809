"""What the invented listings are like, judged on one drop of 20,000 rows."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from rental_pricing.listings.columns import RAW_COLUMNS
from rental_pricing.synthetic import (
    city,
    generate_listings,
    generator,
    listing_blocks,
    read_drop,
    update_listings,
    write_drop,
)
from rental_pricing.synthetic.hosts import free_ids

if TYPE_CHECKING:
    from pathlib import Path

AS_OF = dt.date(2024, 1, 8)
NEXT_WEEK = dt.date(2024, 1, 15)
ROWS = 20_000
PINNED = (29_092_832, "Financial District", 64)


@pytest.fixture(scope="module")
def drop() -> pd.DataFrame:
    """One drop that several tests look at and none changes."""
    return generate_listings(ROWS, seed=7, as_of=AS_OF)


@pytest.fixture(scope="module")
def update(drop: pd.DataFrame) -> pd.DataFrame:
    """The drop of the week after."""
    return update_listings(drop, rows=5_000, repeat_share=0.4, seed=8, as_of=NEXT_WEEK)


def in_market(drop: pd.DataFrame) -> pd.DataFrame:
    """The rows that a model of ordinary prices is made for."""
    return drop[drop["price"].between(10, 350)]


class TestReproducibility:
    """What decides about the rows."""

    def test_same_seed(self) -> None:
        """The same seed gives the same rows."""
        first = generate_listings(500, seed=3, as_of=AS_OF)
        pd.testing.assert_frame_equal(first, generate_listings(500, seed=3, as_of=AS_OF))

    def test_other_seed(self) -> None:
        """Another seed gives other rows."""
        first = generate_listings(500, seed=3, as_of=AS_OF)
        assert not first.equals(generate_listings(500, seed=4, as_of=AS_OF))

    def test_other_date(self) -> None:
        """Two dates do not share rows although they share the seed."""
        first = generate_listings(500, seed=3, as_of=AS_OF)
        second = generate_listings(500, seed=3, as_of=NEXT_WEEK)
        assert (first["price"] != second["price"]).any()

    def test_draws_are_pinned(self) -> None:
        """The very rows stay what they are, whatever NumPy is installed."""
        listing = generate_listings(3, seed=1, as_of=AS_OF).iloc[0]
        assert tuple(listing[["id", "neighbourhood", "price"]]) == PINNED

    def test_update(self, drop: pd.DataFrame, update: pd.DataFrame) -> None:
        """The same earlier drop and seed give the same update."""
        again = update_listings(drop, rows=5_000, repeat_share=0.4, seed=8, as_of=NEXT_WEEK)
        pd.testing.assert_frame_equal(update, again)


class TestShape:
    """Rows, columns and files."""

    @pytest.mark.parametrize("rows", [1, 2, 7, 1_000])
    def test_any_number_of_rows(self, rows: int) -> None:
        """A drop has as many rows as asked for and all columns, in the order of the file."""
        drop = generate_listings(rows, seed=1, as_of=AS_OF)
        assert (rows, list(RAW_COLUMNS)) == (len(drop), list(drop.columns))

    @pytest.mark.parametrize("rows", [0, -1])
    def test_no_rows(self, rows: int) -> None:
        """A drop without rows is refused."""
        with pytest.raises(ValueError, match="at least 1 row"):
            generate_listings(rows, seed=1, as_of=AS_OF)

    def test_negative_seed(self) -> None:
        """A negative seed is refused."""
        with pytest.raises(ValueError, match="seed=-1"):
            generate_listings(1, seed=-1, as_of=AS_OF)

    def test_blocks(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """A drop of several blocks has no id or host in two of them."""
        monkeypatch.setattr(generator, "BLOCK_ROWS", 400)
        blocks = list(listing_blocks(1_000, seed=1, as_of=AS_OF))
        assert [len(block) for block in blocks] == [400, 400, 200]
        for column in ("id", "host_id"):
            distinct = [set(block[column]) for block in blocks]
            assert sum(map(len, distinct)) == len(set().union(*distinct))

    def test_first_id(self) -> None:
        """No id is below the first one allowed."""
        drop = generate_listings(200, seed=1, as_of=AS_OF, first_id=5_000_000_000)
        assert drop["id"].min() >= 5_000_000_000

    def test_file_gives_the_frame_back(self, drop: pd.DataFrame, tmp_path: Path) -> None:
        """Reading a written drop gives the listings back, odd titles included."""
        path = tmp_path / "drop.csv.gz"
        assert write_drop(drop, path) == ROWS
        pd.testing.assert_frame_equal(drop, read_drop(path))


class TestMarginals:
    """One column at a time, against the declared figures."""

    @pytest.mark.parametrize("borough", list(city.BOROUGH_SHARES))
    def test_boroughs(self, drop: pd.DataFrame, borough: str) -> None:
        """Each borough has its declared share of the listings."""
        share = (drop["neighbourhood_group"] == borough).mean()
        assert share == pytest.approx(city.BOROUGH_SHARES[borough], abs=0.02)

    @pytest.mark.parametrize("borough", ["Manhattan", "Brooklyn", "Queens"])
    def test_room_types(self, drop: pd.DataFrame, borough: str) -> None:
        """Each room type has its declared share within a borough."""
        rooms = drop.loc[drop["neighbourhood_group"] == borough, "room_type"]
        shares = [(rooms == room).mean() for room in city.ROOM_TYPES]
        assert shares == pytest.approx(city.ROOM_TYPE_SHARES[borough], abs=0.03)

    @pytest.mark.parametrize("borough", ["Manhattan", "Brooklyn", "Queens"])
    @pytest.mark.parametrize("room", [0, 1])
    def test_median_prices(self, drop: pd.DataFrame, borough: str, room: int) -> None:
        """The median price of a borough and room type is close to the declared one."""
        chosen = (drop["neighbourhood_group"] == borough) & (
            drop["room_type"] == city.ROOM_TYPES[room]
        )
        median = drop.loc[chosen, "price"].median()
        assert median == pytest.approx(city.MEDIAN_PRICES[borough][room], rel=0.1)

    def test_expensive(self, drop: pd.DataFrame) -> None:
        """About one listing in twenty costs more than 350 USD."""
        share = (drop["price"] > 350).mean()
        assert share == pytest.approx(city.SHARE_ABOVE_350_USD, abs=0.012)

    def test_right_skew(self, drop: pd.DataFrame) -> None:
        """The mean price is far above the median."""
        assert drop["price"].mean() > 1.25 * drop["price"].median()

    def test_without_reviews(self, drop: pd.DataFrame) -> None:
        """The declared share has no reviews, and then neither a date nor a rate."""
        none = drop["number_of_reviews"] == 0
        assert none.mean() == pytest.approx(city.SHARE_WITHOUT_REVIEWS, abs=0.015)
        for column in ("last_review", "reviews_per_month"):
            assert drop[column].isna().equals(none)

    def test_review_counts(self, drop: pd.DataFrame) -> None:
        """Review counts have a long tail: the top hundredth is far above the median."""
        counts = drop["number_of_reviews"]
        assert counts.median() == pytest.approx(5, abs=2)
        assert counts.quantile(0.99) > 150

    def test_availability(self, drop: pd.DataFrame) -> None:
        """The declared share is never available; the others have up to 365 days."""
        days = drop["availability_365"]
        assert (days == 0).mean() == pytest.approx(city.SHARE_NEVER_AVAILABLE, abs=0.02)
        assert (days.min(), days.max()) == (0, 365)

    def test_minimum_nights(self, drop: pd.DataFrame) -> None:
        """Most stays may be short, a month is common, and a few are half a year or more."""
        nights = drop["minimum_nights"]
        assert nights.median() in (2, 3)
        assert (nights == 30).mean() == pytest.approx(0.08, abs=0.03)
        assert nights.max() >= 180

    def test_hosts(self, drop: pd.DataFrame) -> None:
        """Two listings in three are their host's only one; a few hosts have very many."""
        portfolio = drop["calculated_host_listings_count"]
        assert (portfolio == 1).mean() == pytest.approx(0.66, abs=0.03)
        assert portfolio.max() > 50

    def test_host_counts_agree(self, drop: pd.DataFrame) -> None:
        """A host's count is the number of the host's rows, but for duplicated ids."""
        rows = drop.groupby("host_id")["id"].transform("size")
        assert (rows == drop["calculated_host_listings_count"]).mean() > 0.97

    def test_dates(self, drop: pd.DataFrame) -> None:
        """Every review is from before the drop."""
        assert drop["last_review"].max() < AS_OF.isoformat()


class TestPriceStructure:
    """What the price depends on."""

    def test_boroughs(self, drop: pd.DataFrame) -> None:
        """Manhattan is dearer than Brooklyn, Brooklyn than Queens, Queens than the Bronx."""
        homes = drop[drop["room_type"] == city.ENTIRE_HOME]
        means = in_market(homes).groupby("neighbourhood_group")["price"].mean()
        order = ["Manhattan", "Brooklyn", "Queens", "Bronx"]
        assert order == list(means[order].sort_values(ascending=False).index)

    def test_room_types(self, drop: pd.DataFrame) -> None:
        """An entire home is dearer than a private room, that dearer than a shared one."""
        medians = drop.groupby("room_type")["price"].median().sort_values(ascending=False)
        assert list(city.ROOM_TYPES) == list(medians.index)

    def test_distance(self, drop: pd.DataFrame) -> None:
        """The price falls with the distance from the centre."""
        near = in_market(drop)
        distance = city.distance_km(near["latitude"].to_numpy(), near["longitude"].to_numpy())
        rings = pd.Series(np.digitize(distance, [2, 4, 6, 8, 10]), index=near.index)
        assert near.groupby(rings)["price"].mean().is_monotonic_decreasing

    @pytest.mark.parametrize(("dear", "cheap"), [("luxury", "cozy"), ("3BR", "studio")])
    def test_words(self, drop: pd.DataFrame, dear: str, cheap: str) -> None:
        """Words of a title tell something about the price of an entire home."""
        homes = in_market(drop[drop["room_type"] == city.ENTIRE_HOME]).dropna(subset="name")
        means = [
            homes.loc[homes["name"].str.contains(word, case=False), "price"].mean()
            for word in (dear, cheap)
        ]
        assert means[0] > 1.15 * means[1]

    def test_noise(self, drop: pd.DataFrame) -> None:
        """Prices differ a lot between homes of the same kind in the same place."""
        logs = np.log(in_market(drop)["price"])
        kinds = [drop.loc[logs.index, column] for column in ("neighbourhood", "room_type")]
        within = (logs - logs.groupby(kinds).transform("mean")).std()
        assert 0.3 < within < 0.42


class TestOddRows:
    """What is planted on purpose."""

    @pytest.mark.parametrize(("price", "most"), [(0, 30), (10_000, 20)])
    def test_prices(self, drop: pd.DataFrame, price: int, most: int) -> None:
        """A few rows cost nothing and a few cost 10,000 USD."""
        assert 0 < (drop["price"] == price).sum() <= most

    def test_ordinary_prices(self, drop: pd.DataFrame) -> None:
        """All other prices are from 10 to 9,000 USD."""
        others = drop.loc[~drop["price"].isin([0, 10_000]), "price"]
        assert others.between(10, 9_000).all()

    def test_places(self, drop: pd.DataFrame) -> None:
        """A few rows lie just outside the city, and only these."""
        inside = drop["latitude"].between(*city.LATITUDE_BOUNDS)
        inside &= drop["longitude"].between(*city.LONGITUDE_BOUNDS)
        assert 0 < (~inside).sum() <= 20
        assert drop["latitude"].between(40.48, 41.2).all()
        assert drop["longitude"].between(-74.27, -73.5).all()

    def test_duplicated_ids(self, drop: pd.DataFrame) -> None:
        """A few ids come twice, with different content."""
        twice = drop[drop["id"].duplicated(keep=False)]
        assert 0 < len(twice) <= 40
        assert not twice.duplicated().any()

    @pytest.mark.parametrize("pattern", ["\n", '"', ",", "^ ", " $", "[^\x00-\x7f]"])
    def test_titles(self, drop: pd.DataFrame, pattern: str) -> None:
        """A few titles have line breaks, quotes, commas, blanks around them or accents."""
        share = drop["name"].str.contains(pattern, na=False).mean()
        assert 0 < share < 0.2

    @pytest.mark.parametrize("column", ["name", "host_name"])
    def test_missing_texts(self, drop: pd.DataFrame, column: str) -> None:
        """A few titles and host names are missing, never as an empty text."""
        assert 0 < drop[column].isna().sum() < 60
        assert (drop[column] != "").all()


class TestUpdate:
    """The drop of the week after."""

    def test_shares_ids(self, drop: pd.DataFrame, update: pd.DataFrame) -> None:
        """The asked share of the rows repeats an id of the earlier drop."""
        assert update["id"].isin(drop["id"]).sum() == 2_000
        assert len(update) == 5_000

    @pytest.mark.parametrize(
        ("ids", "taken", "free"),
        [
            ([5, 9], [], [5, 9]),
            ([5, 9], [9, 5], [6, 10]),
            ([5, 6, 7], [5, 6], [7, 8, 9]),
            ([5, 5, 8], [6, 1], [5, 7, 8]),
        ],
    )
    def test_free_ids(self, ids: list[int], taken: list[int], free: list[int]) -> None:
        """An id that is taken moves up to the next free one, and pushes those in its way."""
        moved = free_ids(np.array(ids), np.array(taken, dtype=np.int64))
        assert moved.tolist() == free

    def test_new_hosts_are_new(self, drop: pd.DataFrame, update: pd.DataFrame) -> None:
        """A new listing never takes the number of another host."""
        names = pd.concat([drop, update]).groupby("host_id")["host_name"].nunique()
        assert names.max() == 1

    def test_repeats_move_on(self, drop: pd.DataFrame, update: pd.DataFrame) -> None:
        """A repeated listing is the same home: some more reviews, some another price."""
        before = drop.drop_duplicates("id", keep="last").set_index("id")
        after = update[update["id"].isin(before.index)].set_index("id")
        before = before.loc[after.index]
        assert before["name"].equals(after["name"])
        more = after["number_of_reviews"] - before["number_of_reviews"]
        assert (more.min(), bool((more > 0).any())) == (0, True)
        assert 0.1 < (before["price"] != after["price"]).mean() < 0.4

    def test_new_reviews_are_recent(self, drop: pd.DataFrame, update: pd.DataFrame) -> None:
        """A listing with more reviews has its last one in the week between the drops."""
        before = drop.drop_duplicates("id", keep="last").set_index("id")
        after = update[update["id"].isin(before.index)].set_index("id")
        more = after["number_of_reviews"] > before.loc[after.index, "number_of_reviews"]
        dates = after.loc[more, "last_review"]
        assert dates.between(AS_OF.isoformat(), "2024-01-14").all()

    def test_earlier_drop_stays(self) -> None:
        """Updating leaves the earlier drop as it was."""
        earlier = generate_listings(300, seed=1, as_of=AS_OF)
        copy = earlier.copy()
        update_listings(earlier, rows=200, repeat_share=0.5, seed=1, as_of=NEXT_WEEK)
        pd.testing.assert_frame_equal(copy, earlier)

    @pytest.mark.parametrize(("share", "repeats"), [(0.0, 0), (1.0, 50)])
    def test_extreme_shares(self, share: float, repeats: int) -> None:
        """An update may repeat nothing or be nothing but repeats."""
        earlier = generate_listings(100, seed=1, as_of=AS_OF)
        update = update_listings(earlier, rows=50, repeat_share=share, seed=2, as_of=NEXT_WEEK)
        assert (50, repeats) == (len(update), update["id"].isin(earlier["id"]).sum())

    @pytest.mark.parametrize(
        ("change", "message"),
        [
            ({"rows": 0}, "at least 1 row"),
            ({"repeat_share": 1.5}, "between 0 and 1"),
            ({"rows": 1_000, "repeat_share": 0.9}, "Cannot repeat 900 of 100"),
            ({"as_of": dt.date(2020, 1, 6)}, "date the update later"),
        ],
    )
    def test_nonsense(self, change: dict[str, object], message: str) -> None:
        """An update that makes no sense is refused with the reason."""
        earlier = generate_listings(100, seed=1, as_of=AS_OF)
        options = {"rows": 50, "repeat_share": 0.3, "seed": 2, "as_of": NEXT_WEEK} | change
        with pytest.raises(ValueError, match=message):
            update_listings(earlier, **options)  # type: ignore[arg-type]
