"""Each market has a folder and a store of its own."""

from __future__ import annotations

import shutil
import tarfile
import threading
from pathlib import Path
from typing import Any

import pytest
import yaml
from kedro.config import MissingConfigException
from yaml.parser import ParserError

from rental_pricing.market_folders import (
    MarketConfigLoader,
    MarketFolder,
    MarketNameError,
    market_folder,
    slug_of,
)
from rental_pricing.run_lock import RunLockError

HOME = "New York City"
CATALOG = {
    "listings": {"type": "x", "filepath": "${market_folder:}/03_primary/listings.parquet"},
    "drops": {"type": "x", "path": "${runtime_params:drops,${market_folder:}/01_raw/listings}"},
    "{part}_listings": {"type": "x", "filepath": "${market_folder:}/05/{part}.parquet"},
}


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    """A configuration of New York, with an environment for Paris."""
    files = {
        "base/parameters.yml": {"market": {"name": HOME, "currency": "USD"}, "seed": 1},
        "base/catalog.yml": CATALOG,
        "base/wandb.yml": {"project": "${market_project:}"},
        "local/parameters.yml": {},
        "paris/parameters.yml": {"market": {"name": "Paris"}},
        "roomy/parameters.yml": {"seed": 2},
    }
    for name, content in files.items():
        (tmp_path / "conf" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "conf" / name).write_text(yaml.safe_dump(content), encoding="utf-8")
    return tmp_path / "conf"


def loader(conf: Path | str, env: str | None = None, **params: Any) -> MarketConfigLoader:
    """The loader, as Kedro makes it from the settings."""
    return MarketConfigLoader(
        conf,
        env,
        params,
        base_env="base",
        default_run_env="local",
        merge_strategy={"parameters": "soft"},
        config_patterns={"wandb": ["wandb*"]},
    )


def place(loaded: MarketConfigLoader) -> str:
    """Where the listings are."""
    return str(loaded["catalog"]["listings"]["filepath"])


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Paris", "paris"),
        ("  Paris  ", "paris"),
        ("São Paulo", "sao-paulo"),
        ("Île-de-France (Paris)", "ile-de-france-paris"),
        ("21st_Street", "21st-street"),
        ("../../etc", "etc"),
        ("東京", ""),
        ("…", ""),
        ("", ""),
    ],
)
def test_a_folder_is_named_in_small_latin_letters(name: str, slug: str) -> None:
    """Accents go, all else becomes a hyphen: no name leads out of the data folder."""
    assert slug_of(name) == slug


def test_the_market_of_the_base_keeps_its_place() -> None:
    """Its folders and its store are those that it always had."""
    assert market_folder(HOME, HOME) == MarketFolder(HOME, "data", None)


def test_any_other_market_has_its_own() -> None:
    """A folder inside of ``data``, and a project of the tracking."""
    assert market_folder("Paris", HOME) == MarketFolder(
        "Paris", "data/paris", "rental_pricing-paris"
    )
    assert market_folder("Paris", None).folder == "data/paris"


@pytest.mark.parametrize("name", ["東京", "", " - "])
def test_a_name_without_latin_letters_is_told(name: str) -> None:
    """There is nothing to name a folder by."""
    with pytest.raises(MarketNameError, match="no Latin letter and no digit"):
        market_folder(name, HOME)


@pytest.mark.parametrize("name", ["new york city", "New-York City", "New York City "])
def test_a_name_spelt_like_that_of_the_base_is_told(name: str) -> None:
    """Taken for another market it would read an empty folder; for the same, mix two."""
    with pytest.raises(MarketNameError, match="Spell it alike"):
        market_folder(name, HOME)


@pytest.mark.parametrize("name", [None, 5, ["Paris"]])
def test_what_is_no_text_is_left_to_the_parameters_check(name: object) -> None:
    """It stops the run with its own message."""
    assert market_folder(name, HOME).folder == "data"


@pytest.mark.parametrize(
    ("env", "params", "folder"),
    [
        (None, {}, "data"),
        ("base", {}, "data"),
        ("roomy", {}, "data"),
        ("paris", {}, "data/paris"),
        (None, {"market": {"name": "Oslo"}}, "data/oslo"),
        ("paris", {"market": {"name": "Oslo"}}, "data/oslo"),
        ("paris", {"market": {"name": HOME}}, "data"),
    ],
)
def test_the_name_in_force_decides(
    conf: Path, env: str | None, params: dict[str, Any], folder: str
) -> None:
    """``--params`` wins over the environment, and that over the base."""
    loaded = loader(conf, env, **params)
    assert place(loaded) == f"{folder}/03_primary/listings.parquet"
    catalog = loaded["catalog"]
    assert catalog["{part}_listings"]["filepath"] == f"{folder}/05/{{part}}.parquet"
    assert catalog["drops"]["path"] == f"{folder}/01_raw/listings"


def test_drops_may_be_named_for_any_market(conf: Path) -> None:
    """``--params drops=`` wins over the market's own folder."""
    assert loader(conf, "paris", drops="s3://b/d")["catalog"]["drops"]["path"] == "s3://b/d"


def test_the_tracking_has_a_project_for_each_market(conf: Path) -> None:
    """For the market of the base it is named after the package."""
    assert loader(conf)["wandb"] == {"project": None}
    assert loader(conf, "paris")["wandb"] == {"project": "rental_pricing-paris"}


def test_packed_configuration_works_alike(conf: Path, tmp_path: Path) -> None:
    """``--conf-source conf.tar.gz``, as ``kedro package`` makes it."""
    with tarfile.open(tmp_path / "conf.tar.gz", "w:gz") as archive:
        archive.add(conf, arcname="conf")
    assert place(loader(str(tmp_path / "conf.tar.gz"), "paris")).startswith("data/paris/")


def test_loaders_of_one_process_do_not_mix(conf: Path) -> None:
    """OmegaConf's resolvers are global; runs in threads and in turn still have their own."""
    names, wrong = ("Oslo", "Paris"), list[str]()
    loaders = {
        name: [loader(conf, market={"name": name}, drops=name) for _ in range(10)] for name in names
    }

    def read(name: str) -> None:
        for one in loaders[name]:
            catalog = one["catalog"]
            found = catalog["listings"]["filepath"].split("/")[1], catalog["drops"]["path"]
            wrong.extend([str(found)] * (found != (name.lower(), name)))

    threads = [threading.Thread(target=read, args=(name,)) for name in loaders for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_what_was_read_is_kept_and_nobody_changes_it_for_others(conf: Path) -> None:
    """A run asks for the same several times; who sets a configuration gets that one."""
    one = loader(conf)
    (conf / "base/catalog.yml").write_text("broken: [")
    (conf / "base/parameters.yml").unlink()
    parameters = one["parameters"]
    assert parameters == {"market": {"name": HOME, "currency": "USD"}, "seed": 1}
    parameters["market"]["name"] = "another"
    assert one["parameters"]["market"]["name"] == HOME
    one["parameters"] = {"seed": 3}
    assert one["parameters"] == {"seed": 3}
    with pytest.raises(ParserError):
        one["catalog"]
    (conf / "base/catalog.yml").write_text(yaml.safe_dump(CATALOG))
    assert set(one["catalog"]) == set(CATALOG)


def test_parameters_are_read_once_unless_they_name_the_market_s_place(
    conf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The place is known when they have been read; what names it is read again."""
    read: list[str] = []
    resolved = MarketConfigLoader._resolved

    def counted(self: MarketConfigLoader, key: str) -> dict[str, Any]:
        read.append(key)
        return resolved(self, key)

    monkeypatch.setattr(MarketConfigLoader, "_resolved", counted)
    assert loader(conf, "paris")["parameters"]["market"]["name"] == "Paris"
    assert read.count("parameters") == 1
    (conf / "base/parameters_more.yml").write_text("note: ${market_folder:}/note.md\n")
    assert loader(conf, "paris")["parameters"]["note"] == "data/paris/note.md"


def test_configuration_without_parameters_has_the_data_folder(tmp_path: Path) -> None:
    """What else is missing is told by Kedro."""
    for name in ("base", "local"):
        (tmp_path / name).mkdir()
    loaded = loader(tmp_path)
    assert loaded.market.folder == "data"
    with pytest.raises(MissingConfigException):
        loaded["catalog"]


def test_markets_leave_each_others_files_alone(synthetic_project: Any) -> None:
    """Two markets in turn: what the first wrote is as it was, also after the second."""
    paris = synthetic_project.path / "data/paris"
    shutil.copytree(synthetic_project.drops, paris / "01_raw/listings")
    first = paris / "01_raw/listings/2024-01-08.csv.gz"
    first.unlink()  # another delivery for the same week: the same files, other content
    (paris / "01_raw/listings/2024-01-15.csv.gz").replace(first)
    (synthetic_project.drops / "2024-01-15.csv.gz").unlink()

    def run(**params: Any) -> dict[str, bytes]:
        synthetic_project.run(("data_processing",), params=params)
        found: dict[str, bytes] = synthetic_project.outputs()
        return found

    home = run()
    both = run(market={"name": "Paris"})
    assert {name: both[name] for name in home} == home
    others = {name: content for name, content in both.items() if name not in home}
    assert {f"paris/{name}" for name in home} == set(others)
    assert others["paris/03_primary/listings.parquet"] != home["03_primary/listings.parquet"]
    again = run(data_processing={"max_age_weeks": 1}, market={"price": {"max": 300}})
    assert {name: again[name] for name in others} == others
    assert again["03_primary/listings.parquet"] != home["03_primary/listings.parquet"]


def test_two_names_cannot_share_a_folder(synthetic_project: Any) -> None:
    """The folder remembers whose it is."""
    shutil.copytree(synthetic_project.drops, synthetic_project.path / "data/paris/01_raw/listings")
    synthetic_project.run(("data_processing",), params={"market": {"name": "Paris"}})
    with pytest.raises(RunLockError, match=r"is that of the market 'Paris', not of 'PARIS'"):
        synthetic_project.run(("data_processing",), params={"market": {"name": "PARIS"}})


@pytest.mark.slow
def test_commands_show_the_market_of_their_environment(synthetic_project: Any) -> None:
    """As ``kedro catalog`` and kedro-viz, which read the same configuration."""
    environment = synthetic_project.path / "conf/paris"
    environment.mkdir()
    (environment / "parameters.yml").write_text("market: {name: Paris}", encoding="utf-8")
    done = synthetic_project.kedro("catalog", "resolve-patterns", "--env", "paris")
    assert done.code == 0, done.output
    folder = synthetic_project.path / "data/paris"
    assert f"{folder}/03_primary/listings.parquet" in done.output
    assert f"{synthetic_project.path}/data/0" not in done.output
