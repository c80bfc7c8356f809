"""A model as files: whole, readable, the same bytes, and refused when anything is odd."""

from __future__ import annotations

import dataclasses
import json
import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
import pytest
import yaml
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from rental_pricing.model import package as packaging
from rental_pricing.model.package import FILES, PackageError, pack, read_package, unpack
from rental_pricing.model.skops_bytes import dumps, loads

if TYPE_CHECKING:
    from rental_pricing.model.price_model import PriceModel

CATALOG = Path(__file__).parents[3] / "conf/base/catalog_modeling.yml"
TRUSTED = yaml.safe_load(CATALOG.read_text(encoding="utf-8"))["_model_types"]

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def files(lake_model: PriceModel) -> Files:
    return pack(lake_model, TRUSTED)


def rewritten(files: Files, **changes: Any) -> Files:
    """Return the files with another package.json, whose own digest is right."""
    package = json.loads(files["package.json"]) | changes
    rest = {name: value for name, value in package.items() if name != "sha256"}
    package["sha256"]["package.json"] = packaging._digest(rest)
    return files | {"package.json": json.dumps(package).encode()}


def test_what_is_packed_is_what_is_unpacked(
    files: Files, lake_model: PriceModel, lake_listings: pd.DataFrame
) -> None:
    """Estimates are bit-equal, and everything else is equal."""
    loaded = unpack(files, TRUSTED)
    pd.testing.assert_frame_equal(
        lake_model.estimate(lake_listings), loaded.estimate(lake_listings), check_exact=True
    )
    fields = {field.name for field in dataclasses.fields(lake_model)} - {"pipeline", "interval"}
    assert {name: getattr(lake_model, name) for name in fields} == {
        name: getattr(loaded, name) for name in fields
    }
    assert lake_model.identity == loaded.identity
    assert lake_model.interval.describe() == loaded.interval.describe()


def test_packing_again_gives_the_same_bytes(files: Files) -> None:
    """An unpacked and packed model has not changed."""
    assert files == pack(unpack(files, TRUSTED), TRUSTED)


def test_the_package_can_be_read_by_people(files: Files, lake_model: PriceModel) -> None:
    """Plain JSON: format, identity, signature, intervals, knowledge, priced examples, digests."""
    told = json.loads(files["package.json"])
    assert told["format"] == 3
    assert told["identity"] == lake_model.identity
    assert told["learning"] == lake_model.learning
    assert told["signature"]["latitude"] == "float64"
    assert told["interval"]["coverage"] == 0.8
    assert told["knowledge"]["newest_delivery"] == "2024-01-15"
    assert all(row["estimate"]["typical_price"] > 0 for row in told["example"])
    assert set(told["sha256"]) == set(files)
    assert json.loads(files["profile.json"]) == {"rows": 240}


def test_an_example_that_is_not_priced_is_told_with_its_note(lake_model: PriceModel) -> None:
    """JSON knows no NaN."""
    nowhere = tuple(dict(row) | {"latitude": 0.0} for row in lake_model.example)
    packed = pack(dataclasses.replace(lake_model, example=nowhere), TRUSTED)
    estimate = json.loads(packed["package.json"])["example"][0]["estimate"]
    assert estimate["typical_price"] is None
    assert estimate["note"].startswith("not priced: the place 0,")


@pytest.mark.parametrize("name", ["model.skops", "profile.json", "known.parquet"])
def test_files_of_two_models_are_refused(files: Files, name: str) -> None:
    """Changed by one byte, cut off, or absent: the package names what it belongs to."""
    content = files[name]
    for other in (content[:-1], content[:-1] + b"?", content + b" ", b""):
        with pytest.raises(PackageError, match=f"{name} is not the file that package.json descr"):
            unpack(files | {name: other}, TRUSTED)
    without = {key: value for key, value in files.items() if key != name}
    with pytest.raises(PackageError, match=f"{name} is not the file"):
        unpack(without, TRUSTED)


def test_a_changed_package_is_refused(files: Files) -> None:
    """A hand that widens the market in package.json is told."""
    changed = files["package.json"].replace(b"40.8", b"90.0")
    assert changed != files["package.json"]
    with pytest.raises(PackageError, match=r"package\.json is not as it was written"):
        unpack(files | {"package.json": changed}, TRUSTED)


@pytest.mark.parametrize("sha256", [None, {}, {"package.json": "0"}, "text"])
def test_a_package_without_its_digests_is_refused(files: Files, sha256: object) -> None:
    """Digests that are absent or of another shape are no digests."""
    package = json.loads(files["package.json"]) | {"sha256": sha256}
    with pytest.raises(PackageError, match="not as it was written"):
        read_package(json.dumps(package).encode())


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"\xff\xfe", pickle.dumps({"format": 3}), b'{"format": 3, "identity": "ab'],
    ids=["empty", "cut", "binary", "pickle", "half"],
)
def test_what_is_no_json_is_refused(content: bytes) -> None:
    """With the reason in short."""
    with pytest.raises(PackageError, match=r"package\.json is no JSON, or only a part of it") as e:
        read_package(content)
    assert len(str(e.value)) < 150


@pytest.mark.parametrize("content", [b"[]", b"null", b"{}", b'{"format": 2}', b'{"format": "3"}'])
def test_other_formats_are_refused(content: bytes) -> None:
    """Also that of packages before this one; the message says which can be read."""
    with pytest.raises(PackageError, match=r"has format .*; this version reads format 3"):
        read_package(content)


def test_the_known_listings_are_read_when_they_are_asked_for(
    files: Files, lake_listings: pd.DataFrame
) -> None:
    """Not to load a model, nor to estimate a price."""
    loaded = unpack(files, TRUSTED)
    loaded.estimate(lake_listings.head(2))
    assert set(vars(loaded.known)) == {"content"}
    assert len(loaded.known) == len(lake_listings)
    assert "_table" in vars(loaded.known)


def test_types_that_are_not_trusted_are_refused(files: Files) -> None:
    """They are named; nothing of the file is run."""
    with pytest.raises(PackageError, match=r"model\.skops is refused: .*not trusted: .*ErrorSize"):
        unpack(files, [])


def test_trust_is_asked_for_each_time(files: Files) -> None:
    """Bytes that one reader trusted are refused to another, though they were read before."""
    unpack(files, TRUSTED)
    with pytest.raises(PackageError, match=r"not trusted: .*\.ErrorSize$"):
        unpack(files, [name for name in TRUSTED if not name.endswith("ErrorSize")])


def test_a_model_that_could_not_be_read_is_not_packed(lake_model: PriceModel) -> None:
    """A type that is not trusted is refused before anything is written."""
    foreign = make_pipeline(FunctionTransformer(print))
    with pytest.raises(PackageError, match="is refused"):
        pack(dataclasses.replace(lake_model, pipeline=foreign), TRUSTED)


def test_anything_else_in_the_place_of_the_model_is_refused(files: Files) -> None:
    """Even where all digests are right: a pickle, or another object."""
    import hashlib

    for content, told in (
        (pickle.dumps([1]), "no model in skops' format"),
        (dumps([1]), "holds something else than a model"),
    ):
        digests = json.loads(files["package.json"])["sha256"]
        digests["model.skops"] = hashlib.sha256(content).hexdigest()
        spoilt = rewritten(files | {"model.skops": content}, sha256=digests)
        with pytest.raises(PackageError, match=told):
            unpack(spoilt, TRUSTED)


def test_each_reader_gets_a_model_of_its_own(
    files: Files, lake_listings: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bytes are read once, but who spoils a model spoils it for no one else."""
    one = unpack(files, TRUSTED)
    monkeypatch.setattr(packaging, "loads", None)
    expected = one.estimate(lake_listings)
    one.pipeline.steps.clear()
    pd.testing.assert_frame_equal(expected, unpack(files, TRUSTED).estimate(lake_listings))


def test_a_network_is_packed_with_its_weights_beside(
    lake_network: PriceModel, lake_listings: pd.DataFrame
) -> None:
    """In two more files; what is loaded estimates the same, and packs to the same bytes."""
    files = pack(lake_network, TRUSTED)
    assert set(files) == {*FILES}
    loaded = unpack(files, TRUSTED)
    expected = lake_network.estimate(lake_listings)
    pd.testing.assert_frame_equal(loaded.estimate(lake_listings), expected, check_exact=True)
    assert pack(loaded, TRUSTED) == files


def test_the_weights_are_not_in_the_model_as_well(lake_network: PriceModel) -> None:
    """One place alone is checked and read."""
    files = pack(lake_network, TRUSTED)
    parts: Any = loads(files["model.skops"], TRUSTED)
    assert parts["pipeline"][-1].regressor_.networks_ == []


def test_spoilt_weights_are_refused_though_all_digests_are_right(
    lake_network: PriceModel,
) -> None:
    """Who can change the weights can write their digest, too."""
    import hashlib

    files = pack(lake_network, TRUSTED)
    content = bytes(8) + files["network.safetensors"][8:]
    digests = json.loads(files["package.json"])["sha256"]
    digests["network.safetensors"] = hashlib.sha256(content).hexdigest()
    spoilt = rewritten(files | {"network.safetensors": content}, sha256=digests)
    with pytest.raises(PackageError, match=r"network\.safetensors is refused: it is no such file"):
        unpack(spoilt, TRUSTED)


@pytest.mark.parametrize("name", ["network.json", "network.safetensors"])
def test_a_file_of_a_network_that_is_absent_is_told(lake_network: PriceModel, name: str) -> None:
    """Or that is not the one that was packed."""
    files = pack(lake_network, TRUSTED)
    told = f"{name} is not the file that package.json describes: changed or incomplete"
    for content in ({}, {name: files[name] + b" "}):
        rest = {each: files[each] for each in files if each != name}
        with pytest.raises(PackageError, match=told):
            unpack(rest | content, TRUSTED)


def test_what_an_earlier_network_left_in_the_folder_does_not_matter(
    files: Files, lake_network: PriceModel, lake_listings: pd.DataFrame
) -> None:
    """Where files are replaced one by one, those of another estimator may stay."""
    both = pack(lake_network, TRUSTED) | files
    expected = unpack(files, TRUSTED).estimate(lake_listings)
    pd.testing.assert_frame_equal(unpack(both, TRUSTED).estimate(lake_listings), expected)


def test_a_network_prices_explains_and_finds_similar_ones(
    lake_network: PriceModel, lake_listings: pd.DataFrame
) -> None:
    """As any model does, one listing alone as among all."""
    loaded = unpack(pack(lake_network, TRUSTED), TRUSTED)
    estimates = loaded.estimate(lake_listings)
    alone = loaded.estimate(lake_listings.iloc[[7]])
    pd.testing.assert_frame_equal(alone, estimates.iloc[[7]], check_exact=True)
    assert estimates["price_low"].le(estimates["typical_price"]).all()
    groups = {name: [name] for name in ("name", "room_type")}
    groups["rest"] = [name for name in loaded.signature if name not in groups]
    told = loaded.explain(lake_listings.head(3), groups)
    total = told[["typical_listing", *groups]].sum(axis=1)
    assert total.tolist() == pytest.approx(told["typical_price"].tolist(), abs=0.001)
    assert len(loaded.similar(lake_listings.head(2), 3)) == 6
