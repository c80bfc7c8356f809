"""``kedro wandb init``: the file that switches tracking on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from commanded import answer, error, wandb
from project import KedroProject
from weekly import make_weekly

from kedro_wandb.settings.template import template

DONE, FAILED, USAGE = range(3)


@pytest.fixture
def project(tmp_path: Path) -> KedroProject:
    """A project that is not tracked."""
    made = make_weekly(tmp_path / "project")
    (made.path / "conf/base/wandb.yml").unlink()
    return made


def test_init_switches_tracking_on(project: KedroProject) -> None:
    """The commented file is in conf/base, and the project's settings are the defaults."""
    result = wandb(project, "init")
    assert result.exit_code == DONE
    assert result.output.splitlines() == [
        "conf/base/wandb.yml is written: the next kedro run is tracked, as project tiny.",
        "Every value in it is the default. kedro wandb status tells how and where to.",
    ]
    assert (project.path / "conf/base/wandb.yml").read_text("utf-8") == template()
    told = answer(project, "status")
    assert (told["mode"], told["project"]) == ("local", "tiny")


def test_init_names_the_project(project: KedroProject) -> None:
    """Of W&B; programs are told the file and the name."""
    told = answer(project, "init", "--project", "homes")
    assert told == {"file": str(project.path / "conf/base/wandb.yml"), "project": "homes"}
    assert answer(project, "status")["project"] == "homes"


def test_init_refuses_a_name_that_is_none(project: KedroProject) -> None:
    """As a wrong usage, before a file is written."""
    result = wandb(project, "init", "--project", "a/b")
    assert result.exit_code == USAGE
    assert "W&B allows none of / \\ # ? % : in it, and it has '/'" in result.stderr
    assert not (project.path / "conf/base/wandb.yml").exists()


@pytest.mark.parametrize("name", ["wandb.yml", "wandb.yaml", "wandb_mine.json", "wandb/mine.yml"])
def test_init_overwrites_nothing(project: KedroProject, name: str) -> None:
    """Whatever the file is called: two of them would have each key twice."""
    file = project.write(f"conf/base/{name}", "{project: mine}\n")
    result = wandb(project, "init", "--project", "other")
    assert result.exit_code == FAILED
    assert error(result) == (
        f"Error: {file} is there already, and nothing was written: change it by hand.\n"
    )
    assert file.read_text("utf-8") == "{project: mine}\n"
    assert [path.name for path in (project.path / "conf/base").glob("wandb*")] == [
        name.split("/", maxsplit=1)[0]
    ]


def test_init_of_an_environment_or_another_folder(project: KedroProject, tmp_path: Path) -> None:
    """As the other commands' options have it; a folder that is not there is told."""
    (project.path / "conf/other").mkdir()
    assert "conf/other/wandb.yml is written" in wandb(project, "init", "--env", "other").output
    (tmp_path / "elsewhere/base").mkdir(parents=True)
    result = wandb(project, "init", "--conf-source", str(tmp_path / "elsewhere"), "--json")
    assert json.loads(result.stdout)["file"] == str(tmp_path / "elsewhere/base/wandb.yml")
    result = wandb(project, "init", "--env", "nowhere")
    assert result.exit_code == FAILED
    assert f"There is no folder {project.path / 'conf/nowhere'}" in error(result)


def test_the_folder_is_kedros(project: KedroProject) -> None:
    """CONF_SOURCE and the base environment are what the project's settings say."""
    project.write(
        "src/tiny/settings.py",
        """
        CONF_SOURCE = "configuration"
        CONFIG_LOADER_ARGS = {"base_env": "shared", "default_run_env": "local"}
        """,
    )
    for folder in ("shared", "local"):
        (project.path / "configuration" / folder).mkdir(parents=True)
    assert "configuration/shared/wandb.yml is written" in wandb(project, "init").output
    assert answer(project, "status")["project"] == "tiny"
