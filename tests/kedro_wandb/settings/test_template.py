"""The ``wandb.yml`` that projects begin with."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from kedro_wandb.settings.config import Config, Timeouts, load_config
from kedro_wandb.settings.template import template

PROJECTS_FILE = Path(__file__).parents[3] / "conf/base/wandb.yml"


def test_it_says_the_defaults() -> None:
    """Every key of the model, with the value that leaving it out has."""
    content = yaml.safe_load(template())
    assert list(content) == list(Config.model_fields)
    assert list(content["timeouts"]) == list(Timeouts.model_fields)
    assert load_config(content, {}) == Config()


def test_it_is_the_file_of_this_repository() -> None:
    """In every line, comments included, but the one that names the project."""
    own = PROJECTS_FILE.read_text(encoding="utf-8").splitlines()
    lines = template().splitlines()
    other = [at for at, line in enumerate(lines) if line != own[at]]
    assert len(lines) == len(own)
    assert [lines[at].partition(":")[0] for at in other] == ["project"]


@pytest.mark.parametrize("name", ["homes", 'it\'s "mine"', "null", "12", "häuser - [a], {b} & c"])
def test_a_project_has_its_name(name: str) -> None:
    """As a text, whatever YAML takes it for; nothing else is changed."""
    config = load_config(yaml.safe_load(template(name)), {})
    assert config == Config(project=name)
