"""What ``kedro markets`` refuses before anything is run, and the commands that it would run."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from click.testing import CliRunner
from kedro.framework.startup import bootstrap_project

from rental_pricing.cli.markets_command import _job, markets
from rental_pricing.markets.configured import Market

Folders = dict[str, Any]


@pytest.fixture
def cities(project: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A project with folders of configuration beside base; nothing can be run in it."""
    for name in [name for name in os.environ if name.startswith("WANDB_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("NETRC", os.devnull)

    def run(*_: Any) -> None:
        pytest.fail("something is run")

    monkeypatch.setattr("rental_pricing.markets.processes.Processes._run", run)

    def make(**folders: Folders | str) -> Path:
        for name, content in folders.items():
            file = project.path / "conf" / name / "parameters.yml"
            file.parent.mkdir(exist_ok=True)
            text = content if isinstance(content, str) else yaml.safe_dump(content)
            file.write_text(text, encoding="utf-8")
        path: Path = project.path
        return path

    return make


def typed(path: Path, *arguments: str) -> tuple[int, str, str]:
    """Type the command; return the exit code and what was said on stdout and stderr."""
    metadata = bootstrap_project(path)
    with contextlib.chdir(path):
        done = CliRunner().invoke(markets, arguments, obj=metadata)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout, done.stderr


def city(name: str, **more: Any) -> Folders:
    """What differs from base."""
    return {"market": {"name": name}, **more}


BROKEN: dict[str, tuple[Folders | str, str]] = {
    "paris": ("market: {name: Paris", "conf/paris/parameters.yml, line 2, column 1"),
    "rome": (city("Roma", modelling={"seed": 1}), "'modelling' (did you mean 'modeling'?)"),
    "oslo": (city("Oslo", modeling={"seed": "x"}), "modeling.seed"),
    "tokyo": (city("東京"), "has no Latin letter"),
    "york": (city("new york city"), "is spelt like 'New York City'"),
}


def test_a_broken_configuration_is_told_for_its_market_alone(cities: Any) -> None:
    """Before anything is run; the other cities are broken in ways of their own."""
    path = cities(**{name: content for name, (content, _) in BROKEN.items()})
    code, said, progress = typed(path, *BROKEN)
    assert code == 1
    _, *problems, end = said.split("\n\n")
    told = {text.split(":")[0]: " ".join(text.split()) for text in problems}
    assert {name for name, (_, why) in BROKEN.items() if why in told[name]} == set(BROKEN)
    assert end == "5 markets: 5 failed.\n"
    assert "oslo: failed (1 of 5): Wrong parameters" in progress
    assert "Traceback" not in said + progress


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["pariss"], "There is no market 'pariss' (did you mean 'paris'?). Known are: base, paris"),
        (["--jobs", "0"], "0 is not in the range x>=1"),
        (["--conf-source", "data"], "there is no base in it"),
        (["--conf-source", "conf.tar.gz"], "is an archive: unpack it"),
        (["--params", "modeling.seed"], "must contain a key and a value"),
    ],
)
def test_what_is_asked_wrongly_is_told(cities: Any, arguments: list[str], told: str) -> None:
    """By the exit code of wrong usage, and nothing is made."""
    path = cities(paris=city("Paris"), engine={"modeling": {"seed": 5}})
    (path / "conf.tar.gz").touch()
    before = sorted(path.rglob("*"))
    code, _, said = typed(path, *arguments)
    assert (code, told in said) == (2, True), said
    assert sorted(path.rglob("*")) == before


@pytest.mark.parametrize(
    ("variables", "arguments", "told"),
    [
        ({"WANDB_PROJECT": "homes"}, [], "are tracked in one project, homes"),
        ({}, ["--params", "market.name=Oslo"], "keep their data in one folder, data/oslo"),
    ],
)
def test_markets_that_would_meet_are_not_run(
    cities: Any,
    monkeypatch: pytest.MonkeyPatch,
    variables: dict[str, str],
    arguments: list[str],
    told: str,
) -> None:
    """Whatever brings them together: each would release over the other."""
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    path = cities(paris=city("Paris"), rome=city("Roma"))
    code, said, _ = typed(path, "--json", *arguments)
    assert code == 1
    results = {each["environment"]: each["told"] for each in json.loads(said)["markets"]}
    assert set(results) == {"base", "paris", "rome"}
    assert all(told in each for each in results.values())


def test_a_project_that_two_cities_name_is_told_of_both(cities: Any) -> None:
    """Also where only one of them is asked for: the other would find its models there."""
    path = cities(paris=city("Paris"), rome=city("Roma"))
    for name in ("paris", "rome"):
        (path / f"conf/{name}/wandb.yml").write_text("project: homes\n", encoding="utf-8")
    code, said, _ = typed(path, "paris", "--json")
    assert code == 1
    (paris,) = json.loads(said)["markets"]
    assert "paris and rome are tracked in one project, homes" in paris["told"]


def test_a_market_s_command_is_what_a_person_would_type(tmp_path: Path) -> None:
    """Parameters as they were typed; the market of base needs no environment."""
    paris = Market("paris", "paris", "Paris", "data/paris", None)
    base = Market("base", None, "New York City", "data", None)
    metadata = type("Metadata", (), {"package_name": "rental_pricing"})
    seen: list[list[str]] = []

    @click.command(params=markets.params)
    @click.pass_context
    def shown(context: click.Context, *, conf_source: str | None, **_: Any) -> None:
        seen.extend(
            [*_job(context, each, tmp_path, conf_source, dry_run=True).command]
            for each in (paris, base)
        )

    given = ["--params", "a.b=1,c='x y'", "--conf-source", str(tmp_path)]
    for program in ("kedro", "rental-pricing"):
        outer = click.Group(program, {"markets": shown})
        outer(["markets", *given], prog_name=program, obj=metadata, standalone_mode=False)
    ends = ["--dry-run", "--conf-source", str(tmp_path), "--params", "a.b=1,c='x y'"]
    module = [sys.executable, "-P", "-m"]
    assert seen == [
        [*module, "kedro", "weekly", "--json", "--env", "paris", *ends],
        [*module, "kedro", "weekly", "--json", *ends],
        [*module, "rental_pricing", "weekly", "--json", "--env", "paris", *ends],
        [*module, "rental_pricing", "weekly", "--json", *ends],
    ]
