"""``wandb.yml``: what it may say, what is said about mistakes, and who wins over it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from pydantic import ValidationError

from kedro_wandb.errors import ConfigurationError
from kedro_wandb.settings.config import Config, Timeouts, load_config
from kedro_wandb.settings.redaction import DEFAULT_PATTERNS

PROJECTS_FILE = Path(__file__).parents[3] / "conf/base/wandb.yml"

ANOTHER: dict[str, Any] = {
    "project": "homes",
    "entity": "team",
    "mode": "local",
    "experiment": "weekly",
    "tags": ["nyc"],
    "folder": "elsewhere",
    "exclude": ["tmp_*"],
    "redact": ["pin"],
    "on_error": "raise",
    "offline_runs": True,
}
"""A value of every plain key that is not its default."""

VARIABLES = [
    ("WANDB_PROJECT", "other", "project", "other"),
    ("WANDB_ENTITY", "others", "entity", "others"),
    ("WANDB_MODE", "disabled", "mode", "disabled"),
    ("WANDB_RUN_GROUP", "tune-trees", "experiment", "tune-trees"),
    ("WANDB_TAGS", "weekly, ,big", "tags", ("weekly", "big")),
    ("WANDB_DIR", "/there/", "folder", Path("/there/kedro_wandb")),
]


def problem(raw: Any, **environment: str) -> str:
    """Return what is said about a configuration that is wrong."""
    with pytest.raises(ConfigurationError) as caught:
        load_config(raw, environment)
    return str(caught.value)


def misspelt(name: str) -> str:
    return name[0] + name[2:]


# The file of this repository


def test_the_file_says_the_defaults() -> None:
    """Every key of the model is in ``wandb.yml``, with the value that leaving it out has."""
    content = yaml.safe_load(PROJECTS_FILE.read_text(encoding="utf-8"))
    assert set(content) == set(Config.model_fields)
    assert set(content["timeouts"]) == set(Timeouts.model_fields)
    assert content.pop("project") == "${market_project:}"  # null for the market of conf/base
    assert load_config(content, {}) == Config() == load_config({}, {})


def test_every_line_of_the_file_tells_what_it_is_for() -> None:
    """Each key and each item has its comment beside it."""
    lines = PROJECTS_FILE.read_text(encoding="utf-8").splitlines()
    said = [line for line in lines if line.strip() and not line.startswith("#")]
    assert [line for line in said if not re.search(r"\S  # \S", line)] == []


# Mistakes


@pytest.mark.parametrize("name", Config.model_fields)
def test_a_misspelt_key_gets_the_right_one_suggested(name: str) -> None:
    """Whichever it is; nothing that is written there is ignored."""
    told = problem({misspelt(name): "x"})
    assert f"'{misspelt(name)}' is no key of it (did you mean '{name}'?)" in told


@pytest.mark.parametrize("name", Timeouts.model_fields)
def test_a_misspelt_timeout_gets_the_right_one_suggested(name: str) -> None:
    """In a nested block, with the whole path."""
    told = problem({"timeouts": {misspelt(name): 1}})
    assert f"'timeouts.{misspelt(name)}' is no key" in told
    assert f"(did you mean 'timeouts.{name}'?)" in told


def test_a_key_at_the_wrong_place_is_told_the_right_one() -> None:
    """A timeout that stands outside of its block."""
    assert "'finish' is no key of it (did you mean 'timeouts.finish'?)" in problem({"finish": 1})


def test_a_key_like_no_other_is_told_what_there_is() -> None:
    """If nothing is alike, all keys are named."""
    told = problem({"colour": "red"})
    assert all(name in told for name in Config.model_fields)


def test_all_mistakes_are_told_at_once() -> None:
    """In one line, each with its place."""
    told = problem({"projekt": "homes", "mode": "lokal", "timeouts": {"start": 0}})
    assert "'projekt' is no key of it (did you mean 'project'?)" in told
    assert "'mode'" in told
    assert "not 'lokal' (did you mean 'local'?)" in told
    assert "'timeouts.start': Input should be greater than 0, not 0" in told
    assert "\n" not in told


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        ({"project": "a/b"}, "'project': W&B allows none of / \\ # ? % : in it, and it has '/'"),
        ({"entity": " team"}, "'entity': it must not begin or end with a blank"),
        ({"project": ""}, "'project': String should have at least 1 character"),
        ({"project": "x" * 129}, "'project': String should have at most 128 characters"),
        ({"tags": ["x" * 65]}, "'tags.0': String should have at most 64 characters"),
        ({"folder": "data/.."}, "'folder': it must be a folder of its own"),
        ({"artifact_types": {"raw": "job"}}, "W&B keeps the type 'job' for itself"),
        ({"artifact_types": {"raw": "wandb-history"}}, "for itself"),
        ({"artifact_types": "dataset"}, "'artifact_types': Input should be a valid dictionary"),
        ({"timeouts": {"call": -1}}, "'timeouts.call': Input should be greater than 0, not -1"),
        ({"timeouts": {"call": float("inf")}}, "'timeouts.call': Input should be a finite number"),
        ({"timeouts": 5}, "'timeouts'"),
        ({"on_error": "rais"}, "(did you mean 'raise'?)"),
        ({"offline_runs": "perhaps"}, "'offline_runs': Input should be a valid boolean"),
        (["project"], "wandb.yml must hold keys and values"),
        ("hello", "wandb.yml must hold keys and values"),
        ({"hello": None}, "'hello' is no key of it"),  # as Kedro reads a file of one word
    ],
)
def test_an_impossible_value_is_told_with_its_place(raw: Any, said: str) -> None:
    """What is wrong, where, and what was given."""
    assert said in problem(raw)


@pytest.mark.parametrize(
    "raw", [{"api_key": "tell-nobody"}, {"key": "tell-nobody"}, {"wandb": {"token": "tell-nobody"}}]
)
def test_a_key_of_an_account_is_told_where_it_belongs(raw: dict[str, Any]) -> None:
    """And is not repeated."""
    told = problem(raw)
    assert "looks like a secret" in told
    assert "WANDB_API_KEY" in told
    assert "conf/local/credentials.yml" in told
    assert "tell-nobody" not in told


def test_user_info_in_a_wrong_value_is_not_repeated() -> None:
    """An address where a word was expected keeps its password to itself."""
    told = problem({"mode": "https://me:tell-nobody@host"})
    assert "https://[redacted]@host" in told
    assert "tell-nobody" not in told


# Values


def test_everything_can_be_said() -> None:
    """Each key takes another value than its default."""
    found = load_config(ANOTHER, {})
    assert all(getattr(found, name) != getattr(Config(), name) for name in ANOTHER)


@pytest.mark.parametrize("name", Config.model_fields)
def test_a_bare_key_means_the_default(name: str) -> None:
    """``tags:`` with nothing behind it is as if it was left out."""
    assert load_config({name: None}, {}) == Config()


def test_no_content_means_the_defaults() -> None:
    """A file with comments alone switches tracking on."""
    assert load_config(None, {}) == Config()


def test_layers_that_are_not_named_keep_their_type() -> None:
    """One type may be changed, or one layer added, without repeating the others."""
    found = load_config({"artifact_types": {"reporting": "evaluation", "gold": "table"}}, {})
    layers = ["reporting", "gold", "models", "raw"]
    assert [found.artifact_types[layer] for layer in layers] == [
        "evaluation",
        "table",
        "model",
        "dataset",
    ]
    assert "unheard-of" not in found.artifact_types


def test_patterns_exclude_datasets_by_the_whole_name() -> None:
    """With wildcards, whatever the case of the file system."""
    found = load_config({"exclude": ["tmp_*", "exact"]}, {})
    names = ["tmp_rows", "my_tmp_rows", "exact", "exactly", "Exact"]
    assert [name for name in names if found.excludes(name)] == ["tmp_rows", "exact"]


def test_a_configuration_is_not_changed() -> None:
    """It may be shared."""
    with pytest.raises(ValidationError, match="frozen"):
        Config().project = "other"  # type: ignore[misc]


def test_ones_own_patterns_are_added_to_the_default() -> None:
    """Nobody loses what is redacted by naming one more; twice is once."""
    found = load_config({"redact": ["pin", "*token"]}, {}).redact
    assert found == (*DEFAULT_PATTERNS, "pin")
    assert Config.model_validate_json(Config(redact=("pin",)).model_dump_json()).redact == found


# The environment


@pytest.mark.parametrize(("variable", "value", "name", "expected"), VARIABLES)
def test_a_variable_wins_over_the_file(
    variable: str, value: str, name: str, expected: object
) -> None:
    """And leaves all other keys as the file has them."""
    found = load_config(ANOTHER, {variable: value})
    assert getattr(found, name) == expected
    others = {each for each in Config.model_fields if each != name}
    assert found.model_dump(include=others) == load_config(ANOTHER, {}).model_dump(include=others)


@pytest.mark.parametrize(
    ("variable", "name"),
    [
        ("WANDB_INIT_TIMEOUT", "start"),
        ("WANDB_HTTP_TIMEOUT", "call"),
        ("WANDB_FINISH_TIMEOUT", "finish"),
    ],
)
def test_a_variable_sets_one_timeout(variable: str, name: str) -> None:
    """The others stay as the file has them."""
    raw = {"timeouts": {"start": 7, "call": 7, "finish": 7, "upload_megabytes_per_second": 7}}
    found = load_config(raw, {variable: "2.5"}).timeouts
    assert found == Timeouts(**{**raw["timeouts"], name: 2.5})


@pytest.mark.parametrize(
    ("value", "mode"),
    [("online", "online"), ("run", "online"), ("offline", "local"), ("dryrun", "local"),
     ("DISABLED", "disabled")],
)  # fmt: skip
def test_modes_of_wandb_are_understood(value: str, mode: str) -> None:
    """Its offline mode is the local store."""
    assert load_config({}, {"WANDB_MODE": value}).mode == mode


@pytest.mark.parametrize(
    ("value", "written"), [("offline", True), ("DryRun", True), ("online", False), ("", False)]
)
def test_wandbs_offline_mode_writes_its_run_folders(value: str, *, written: bool) -> None:
    """As W&B's own tools look for them; without it they are written only if configured."""
    assert load_config({}, {"WANDB_MODE": value}).offline_runs is written
    assert load_config({"offline_runs": True}, {"WANDB_MODE": value}).offline_runs


@pytest.mark.parametrize("variable", [variable for variable, *_ in VARIABLES])
def test_an_empty_variable_says_nothing(variable: str) -> None:
    """As with W&B's SDK."""
    assert load_config(ANOTHER, {variable: " "}) == load_config(ANOTHER, {})


def test_a_wrong_variable_is_named() -> None:
    """Not the file's key, where nobody would find the value."""
    assert "WANDB_HTTP_TIMEOUT: Input should be greater than 0" in problem(
        {"timeouts": {"call": 5}}, WANDB_HTTP_TIMEOUT="0"
    )
    assert "WANDB_PROJECT: W&B allows none of" in problem({}, WANDB_PROJECT="a/b")
    assert "WANDB_MODE is 'ofline' (did you mean 'offline'?)" in problem({}, WANDB_MODE="ofline")


def test_a_wrong_key_beside_a_variable_is_the_files() -> None:
    """A variable for one timeout does not take the blame for another."""
    told = problem({"timeouts": {"call": 0}}, WANDB_INIT_TIMEOUT="3")
    assert "wandb.yml: 'timeouts.call'" in told
    assert "WANDB" not in told
