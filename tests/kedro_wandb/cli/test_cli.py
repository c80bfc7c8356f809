"""The ``kedro wandb`` commands: what they tell, what they change, and how they end."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
import yaml
from commanded import DONE, FAILED, NOT_FOUND, USAGE, WAITS, answer, error, sync_all, wandb
from project import KedroProject
from wandb_server.server import WandbServer
from wandb_server.state import ENTITY
from weekly import ARTIFACTS, LOCAL, drop, make_weekly, open_store

from kedro_wandb.errors import DamagedArtifactError
from kedro_wandb.stores.base import Draft, Ending, Source, Step
from kedro_wandb.stores.local.store import LocalStore

COMMANDS = [
    "status", "artifacts", "show", "runs", "diff", "lineage", "pull", "alias", "sync", "clean",
    "verify",
]  # fmt: skip


@pytest.fixture
def own(logged: KedroProject, tmp_path: Path) -> KedroProject:
    """A project of one's own after the same run."""
    shutil.copytree(logged.path, tmp_path / "own")
    return KedroProject(tmp_path / "own", logged.package)


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Folders that commands make by default land in the test's own; no terminal has a width."""
    monkeypatch.delenv("COLUMNS", raising=False)
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", None)


# status


def test_status_tells_how_where_and_what_waits(logged: KedroProject) -> None:
    """The mode with its reason, the project, the folder, and how much is not uploaded."""
    told = wandb(logged, "status").output
    assert re.search(r"mode +local \(wandb\.yml says mode: local\)", told)
    assert re.search(r"project +tiny\n", told)
    assert re.search(r"entity +the key's own\n", told)
    assert re.search(rf"folder +{logged.path}/\.wandb/tiny\n", told)
    assert re.search(r"waiting +2 steps, 10 versions \(\d\.\d kB\), 0 aliases;", told)


def test_what_waits_is_counted_once(own: KedroProject) -> None:
    """Bytes by content, with the images; an alias moved by hand waits too."""
    wandb(own, "alias", "model", "prod")
    with open_store(own) as store:
        blobs = sum(path.stat().st_size for path in store.folder.glob("blobs/??/*"))
    waiting = answer(own, "status")["waiting"]
    assert waiting == {"steps": 2, "versions": 10, "bytes": blobs, "aliases": 1}


def test_what_is_synced_does_not_wait(own: KedroProject) -> None:
    """An alias that was moved afterwards does, though its version does not."""
    sync_all(own)
    assert re.search(r"waiting +nothing\n", wandb(own, "status").output)
    wandb(own, "alias", "model", "prod")
    assert answer(own, "status")["waiting"] == {
        "steps": 0,
        "versions": 0,
        "bytes": 0,
        "aliases": 1,
    }


def test_status_of_a_project_that_has_not_run(tmp_path: Path) -> None:
    """Nothing waits, and looking makes no store."""
    project = make_weekly(tmp_path / "project", {"mode": "disabled"})
    told = answer(project, "status")
    assert (told["mode"], told["project"]) == ("disabled", "tiny")
    assert told["waiting"]["steps"] == 0
    assert not (project.path / ".wandb").exists()


# artifacts and show


def test_artifacts_are_listed_with_their_newest_version(logged: KedroProject) -> None:
    """All of them, with the type, the aliases, the age and the size."""
    told = wandb(logged, "artifacts").output.splitlines()
    assert told[0].split() == ["artifact", "type", "newest", "aliases", "age", "size"]
    assert {line.split()[0]: line.split()[1] for line in told[1:]} == ARTIFACTS
    (model,) = [line for line in told if line.startswith("model ")]
    assert re.fullmatch(r"model +model +v0 +latest +(now|\d+ minutes?) +\d+ bytes", model)


def test_a_table_fits_the_columns_there_are(own: KedroProject) -> None:
    """Names are wrapped, none is cut; without a terminal each row is one line."""
    with open_store(own) as store:
        store.set_alias(store.find("model"), "Q" * 100)
    narrow = wandb(own, "artifacts", COLUMNS="60").output
    assert max(map(len, narrow.splitlines())) <= 60
    assert narrow.count("Q") == 100
    wide = wandb(own, "artifacts").output.splitlines()
    assert len(wide) == 1 + len(ARTIFACTS)
    assert any("Q" * 100 in line for line in wide)


def test_the_steps_of_a_version_are_told_shortly(own: KedroProject) -> None:
    """Ten of them; programs get all."""
    with open_store(own) as store:
        version = store.find("model")
        for number in range(12):
            store.open_step(Step(f"use-{number}", "use", "x", "run", "use"))
            store.use(f"use-{number}", version)
    told = wandb(own, "show", "model").output
    assert told.count("  use  running  use-") == 10
    assert "and 2 more (--json tells all)" in told
    assert len(answer(own, "show", "model")["used_by"]) == 12


def test_versions_are_listed_newest_first(own: KedroProject) -> None:
    """Of one artifact, each with its aliases."""
    own.write("data/drops/2024-01-15.csv", drop(("Bronx", 90)))
    own.run()
    wandb(own, "alias", "rows:v0", "prod")
    lines = [line.split() for line in wandb(own, "artifacts", "rows").output.splitlines()]
    assert [line[:2] for line in lines] == [
        ["version", "aliases"],
        ["v1", "latest"],
        ["v0", "prod"],
    ]
    found = answer(own, "artifacts", "rows")
    assert [(each["version"], each["aliases"]) for each in found] == [
        ("v1", ["latest"]),
        ("v0", ["prod"]),
    ]
    (rows,) = [each for each in answer(own, "artifacts") if each["name"] == "rows"]
    assert (rows["versions"], rows["newest"]) == (2, found[0])


def test_a_store_without_artifacts_says_so(tmp_path: Path) -> None:
    """Which is no error."""
    project = make_weekly(tmp_path / "project")
    assert wandb(project, "artifacts").output == "There are no artifacts yet.\n"
    assert answer(project, "artifacts") == []


def test_show_tells_all_of_a_version(logged: KedroProject) -> None:
    """Facts, metadata, files with digests, and the steps that made and used it."""
    told = wandb(logged, "show", "rows:v0").output
    for expected in ("rows:v0", "One row a listing.", '"rows": 6', "rows.parquet", "process"):
        assert expected in told
    with open_store(logged) as store:
        version = store.find("train_rows")
        (entry,) = store.entries(version)
        (process,), (train,) = store.producers(version), store.consumers(version)
    found = answer(logged, "show", "train_rows")
    assert found["digest"] == version.digest
    assert found["files"] == [{"name": entry.name, "digest": entry.digest, "bytes": entry.size}]
    assert [each["run"] for each in found["made_by"]] == [process.step.id]
    assert [(each["run"], each["state"]) for each in found["used_by"]] == [
        (train.step.id, "finished")
    ]


@pytest.mark.parametrize("reference", ["model", "model:latest", "model:v0", "model:DIGEST"])
def test_a_version_is_named_in_any_way(logged: KedroProject, reference: str) -> None:
    """By the name alone, an alias, the number or the digest."""
    with open_store(logged) as store:
        digest = store.find("model").digest
    assert answer(logged, "show", reference.replace("DIGEST", digest))["digest"] == digest


# lineage


def test_lineage_is_a_tree_in_both_directions(logged: KedroProject) -> None:
    """Upwards to the raw files, downwards to all that came of it."""
    told = wandb(logged, "lineage", "train_rows").output
    up, down = told.split("used for\n")
    assert up.startswith("made of\ntrain_rows:v0 [latest]")
    assert "└── process · finished" in up
    assert "drops:v0" in up
    assert "2024-01-08.csv" in up
    assert "model:v0" not in up
    assert "model:v0" in down
    assert "drops:v0" not in down


def test_lineage_of_one_direction_and_depth(logged: KedroProject) -> None:
    """As far as asked for; by what each node read: the model has not seen the test part."""
    told = answer(logged, "lineage", "model", "--up", "--depth", "1")
    assert set(told) == {"up"}
    (train,) = told["up"]["children"]
    assert [(each["name"], each["cut"]) for each in train["children"]] == [("train_rows:v0", True)]
    assert set(answer(logged, "lineage", "model", "--down")) == {"down"}


def test_a_long_label_is_not_broken(own: KedroProject) -> None:
    """Where the output is no terminal, each node is one line."""
    with open_store(own) as store:
        store.set_alias(store.find("model"), "a" * 120)
    told = wandb(own, "lineage", "model").output
    assert f"model:v0 [latest] [{'a' * 120}] · model" in told
    assert [line for line in told.splitlines() if line != line.rstrip()] == []


# pull


def test_pull_gives_the_bytes(logged: KedroProject, tmp_path: Path) -> None:
    """All files of the version, under their names, in ./NAME-vN."""
    result = wandb(logged, "pull", "drops:latest")
    assert result.output == "drops:v0 is in drops-v0.\n"
    pulled = {path.name: path.read_bytes() for path in (tmp_path / "here/drops-v0").iterdir()}
    source = logged.path / "data/drops"
    assert pulled == {path.name: path.read_bytes() for path in source.iterdir()}


def test_pull_goes_where_it_is_told(logged: KedroProject, tmp_path: Path) -> None:
    """Into a folder that is made, or one that is empty."""
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "a/b", tmp_path / "empty"):
        found = answer(logged, "pull", "metrics", "--to", str(folder))
        assert (found["folder"], found["not_copied"]) == (str(folder), [])
        assert [path.name for path in folder.iterdir()] == ["metrics.json"]


def test_pull_overwrites_nothing(logged: KedroProject, tmp_path: Path) -> None:
    """A folder with something in it is left alone, and so is a file."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full/mine.txt").write_text("mine", encoding="utf-8")
    for target in ("full", "full/mine.txt"):
        result = wandb(logged, "pull", "metrics", "--to", str(tmp_path / target))
        assert result.exit_code == FAILED
        assert "is not an empty folder" in error(result)
    assert [path.name for path in (tmp_path / "full").iterdir()] == ["mine.txt"]


def test_a_pull_that_fails_leaves_nothing(own: KedroProject, tmp_path: Path) -> None:
    """Not half of the files, nor a new folder; an old one is as empty as before."""
    with open_store(own) as store:
        blob = store.blob_path(store.entries(store.find("drops"))[1].digest)
    blob.chmod(0o644)
    blob.write_bytes(b"damaged")
    (tmp_path / "empty").mkdir()
    for folder in ("new", "empty"):
        result = wandb(own, "pull", "drops", "--to", str(tmp_path / folder))
        assert result.exit_code == FAILED
        assert "damaged in the local store" in error(result)
    assert not (tmp_path / "new").exists()
    assert list((tmp_path / "empty").iterdir()) == []


def test_pull_tells_what_it_can_not_copy(own: KedroProject, tmp_path: Path) -> None:
    """A reference's address is told; the bytes are elsewhere."""
    with open_store(own) as store:
        store.open_step(Step("remote", "remote", "x", "run", "remote"))
        source = Source("a.csv", ref="s3://bucket/a.csv", digest="etag", size=3)
        store.log("remote", Draft("remote", "dataset", (source,)))
        store.close_step("remote", Ending("finished", 1.0))
    result = wandb(own, "pull", "remote")
    assert result.exit_code == DONE
    assert "Not copied" in result.output
    assert "s3://bucket/a.csv" in result.output
    found = answer(own, "pull", "remote", "--to", str(tmp_path / "again"))
    assert [each["ref"] for each in found["not_copied"]] == ["s3://bucket/a.csv"]


def test_progress_is_for_terminals(logged: KedroProject, tmp_path: Path) -> None:
    """A bar on stderr; nothing in a log, and never between lines that are read by programs."""
    quiet = wandb(logged, "pull", "rows", "--to", str(tmp_path / "a"))
    assert quiet.stderr == ""
    shown = wandb(logged, "pull", "rows", "--to", str(tmp_path / "b"), "--json", TTY_COMPATIBLE="1")
    assert "rows:v0" in shown.stderr
    assert "kB" in shown.stderr
    assert json.loads(shown.stdout)["name"] == "rows"


# alias


def test_an_alias_moves(own: KedroProject) -> None:
    """It stands for one version of a name at a time."""
    own.write("data/drops/2024-01-15.csv", drop(("Bronx", 90)))
    own.run()
    for version in ("v0", "v1"):
        result = wandb(own, "alias", f"rows:{version}", "prod")
        assert result.output == f"prod stands for rows:{version} now.\n"
        with open_store(own) as store:
            assert store.find("rows:prod").label == version
    assert answer(own, "alias", "rows:v0", "prod")["aliases"] == ["prod"]


def test_an_alias_is_removed(own: KedroProject) -> None:
    """From the version that has it, and only from that."""
    wandb(own, "alias", "rows:v0", "prod")
    result = wandb(own, "alias", "rows:v0", "prod", "--remove")
    assert result.output == "prod no longer stands for rows:v0 now.\n"
    result = wandb(own, "alias", "rows:v0", "prod", "--remove")
    assert result.exit_code == NOT_FOUND
    assert "rows:v0 has no alias 'prod', only: latest." in error(result)


@pytest.mark.parametrize("arguments", [["v7"], ["a:b"], ["a/b"], ["latest", "--remove"], []])
def test_an_impossible_alias_is_a_wrong_usage(own: KedroProject, arguments: list[str]) -> None:
    """W&B would refuse it, later."""
    result = wandb(own, "alias", "rows:v0", *arguments)
    assert result.exit_code == USAGE
    with open_store(own) as store:
        assert store.find("rows:v0").aliases == ("latest",)


@pytest.mark.parametrize("remove", [[], ["--remove"]])
def test_latest_is_not_set_by_hand(logged: KedroProject, remove: list[str]) -> None:
    """One sentence says why."""
    result = wandb(logged, "alias", "rows:v0", "latest", *remove)
    assert result.exit_code == USAGE
    assert result.stderr.endswith(
        "'latest' moves by itself: it always stands for the version that was logged last.\n"
    )


# clean


def test_nothing_is_cleaned_that_waits(own: KedroProject) -> None:
    """Also not with --yes."""
    before = sorted((own.path / ".wandb").rglob("*"))
    result = wandb(own, "clean", "--yes")
    assert (result.exit_code, result.output) == (DONE, "There is nothing to delete.\n")
    assert sorted((own.path / ".wandb").rglob("*")) == before


def test_a_dry_run_only_tells(own: KedroProject) -> None:
    """What would be deleted, by reason, and how much that is."""
    sync_all(own)
    result = wandb(own, "clean", "--dry-run")
    assert re.search(r"kB +9 files of versions that W&B has\n", result.output)
    found = answer(own, "clean", "--dry-run")
    assert found["freed"] == 0
    assert [(pile["reason"], pile["count"]) for pile in found["piles"]] == [("synced files", 9)]
    assert len(list((own.path / ".wandb").glob("tiny/blobs/??/*"))) == 9


def test_what_is_synced_is_cleaned(own: KedroProject) -> None:
    """Its bytes; the records stay."""
    sync_all(own)
    found = answer(own, "clean", "--yes")
    assert found["freed"] == found["bytes"] > 0
    assert list((own.path / ".wandb").glob("tiny/blobs/??/*")) == []
    result = wandb(own, "pull", "model")
    assert result.exit_code == NOT_FOUND
    assert "fetch it from W&B" in error(result)


def set_age(project: KedroProject, days: int) -> None:
    """Let all versions be that old."""
    made = dt.datetime.now(dt.UTC) - dt.timedelta(days=days)
    with open_store(project) as store, store.database.writing() as connection:
        connection.execute("UPDATE versions SET created = ?", [f"{made:%Y-%m-%dT%H:%M:%SZ}"])


def test_cleaning_keeps_new_versions_and_those_with_a_name(own: KedroProject) -> None:
    """As many as are asked for, of each artifact; the age alone takes no aliased or used one."""
    own.write("data/drops/2024-01-01.csv", drop(("Bronx", 51), ("Queens", 70), ("Bronx", 55)))
    own.run()
    sync_all(own)
    set_age(own, days=40)
    assert answer(own, "clean", "--dry-run", "--keep", "2")["piles"] == []
    assert answer(own, "clean", "--dry-run", "--older-than", "6w")["piles"] == []
    wandb(own, "alias", "model:v0", "prod")
    sync_all(own)
    asked = ["clean", "--yes", "--keep", "1", "--older-than", "30d"]
    (pile,) = answer(own, *asked)["piles"]
    assert pile["reason"] == "synced files"
    gone = [name for name in ARTIFACTS if wandb(own, "pull", f"{name}:v0").exit_code == NOT_FOUND]
    # Of the others, some did not change; drops and train_rows were read, table has the bytes of
    # one of these, and model is prod.
    assert sorted(gone) == ["by_place", "metrics", "rows"]
    assert wandb(own, "pull", "metrics:v1").exit_code == DONE


@pytest.mark.parametrize("told", ["30", "d", "1y", "-3d", "1.5d", "30 d", "99999d", ""])
def test_a_length_of_time_is_told_how_to_write(logged: KedroProject, told: str) -> None:
    """In one sentence."""
    result = wandb(logged, "clean", "--older-than", told)
    assert result.exit_code == USAGE
    assert result.stderr.endswith(
        f"{told!r} is no length of time: write hours, days or weeks, as 12h, 30d or 4w.\n"
    )


def test_a_number_to_keep_is_none_below_zero(logged: KedroProject) -> None:
    """As with any range."""
    assert wandb(logged, "clean", "--keep", "-1").exit_code == USAGE


def test_nobody_is_asked_where_nobody_is(own: KedroProject) -> None:
    """In a script it takes --yes."""
    sync_all(own)
    result = wandb(own, "clean")
    assert result.exit_code == USAGE
    assert "say --yes to delete" in result.stderr
    assert len(list((own.path / ".wandb").glob("tiny/blobs/??/*"))) == 9


def test_at_a_terminal_the_question_may_be_denied(own: KedroProject) -> None:
    """After it was told what it is about."""
    sync_all(own)
    mine, theirs = os.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "kedro", "wandb", "clean"],
        cwd=own.path,
        env=own.environment(),
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        os.write(mine, b"n\n")
        _, told = process.communicate(timeout=60)
    os.close(mine)
    os.close(theirs)
    assert "9 files of versions that W&B has" in told
    assert "Delete? [y/N]" in told
    assert process.returncode == FAILED
    assert len(list((own.path / ".wandb").glob("tiny/blobs/??/*"))) == 9


# Errors


@pytest.mark.parametrize(
    "arguments",
    [["show", "modle"], ["lineage", "modle"], ["pull", "modle:v0"], ["alias", "modle", "prod"],
     ["artifacts", "modle"]],
)  # fmt: skip
def test_an_unknown_name_lists_what_there_is(logged: KedroProject, arguments: list[str]) -> None:
    """With a suggestion."""
    result = wandb(logged, *arguments)
    assert result.exit_code == NOT_FOUND
    told = error(result)
    assert "did you mean 'model'?" in told
    assert all(name in told for name in ARTIFACTS)


def test_an_unknown_version_lists_what_there_is(logged: KedroProject) -> None:
    """Of that artifact."""
    result = wandb(logged, "show", "model:prod")
    assert result.exit_code == NOT_FOUND
    assert "It has: model:v0, model:latest." in error(result)


@pytest.mark.parametrize("command", COMMANDS)
def test_without_a_wandb_yml_it_says_how_to_start(tmp_path: Path, command: str) -> None:
    """In one line, with the command that does it."""
    project = make_weekly(tmp_path / "project")
    (project.path / "conf/base/wandb.yml").unlink()
    needed = {"show": 1, "lineage": 1, "pull": 1, "alias": 2, "diff": 2}
    result = wandb(project, command, *["a"] * needed.get(command, 0))
    assert result.exit_code == FAILED
    assert "To start, let 'kedro wandb init' write one." in error(result)


def test_a_wrong_wandb_yml_is_told_in_one_line(tmp_path: Path) -> None:
    """Each mistake, with the right key."""
    result = wandb(make_weekly(tmp_path / "project", {"projekt": "x"}), "status")
    assert result.exit_code == FAILED
    assert "'projekt' is no key of it (did you mean 'project'?)" in error(result)


def test_unreadable_configuration_is_told_in_one_line(tmp_path: Path) -> None:
    """Whatever the loader says about it."""
    project = make_weekly(tmp_path / "project")
    project.write("conf/base/wandb.yml", "project: [\n")
    result = wandb(project, "status")
    assert result.exit_code == FAILED
    assert "wandb.yml can't be read: Invalid YAML or JSON file" in error(result)


def test_an_unknown_environment_is_not_taken_for_a_missing_file(logged: KedroProject) -> None:
    """It is the folder that is not there."""
    result = wandb(logged, "status", "--env", "nowhere")
    assert result.exit_code == FAILED
    assert "conf/nowhere" in error(result)


@pytest.mark.parametrize(
    "arguments",
    [["show"], ["show", ":v0"], ["lineage", "a", "--depth", "0"], ["nonsense"],
     ["artifacts", "--store", "remote"], ["status", "--conf-source", "nowhere"]],
)  # fmt: skip
def test_a_wrong_usage_has_its_own_status(logged: KedroProject, arguments: list[str]) -> None:
    """As with any command."""
    assert wandb(logged, *arguments).exit_code == USAGE


@pytest.mark.parametrize("arguments", [[], ["init"], *([command] for command in COMMANDS)], ids=str)
def test_the_help_tells_the_exit_statuses(logged: KedroProject, arguments: list[str]) -> None:
    """Of each command."""
    result = wandb(logged, *arguments, "--help")
    told = " ".join(result.output.split())
    assert (
        "Exit status: 0 done; 1 failed; 2 usage; 3 not found; 4 the server can't be reached, or"
        " something still waits after a sync."
    ) in told


def test_an_error_of_the_store_is_no_traceback(
    logged: KedroProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor has it line breaks."""

    def broken(_: LocalStore) -> None:
        msg = "two\nlines"
        raise DamagedArtifactError(msg)

    monkeypatch.setattr(LocalStore, "artifacts", broken)
    result = wandb(logged, "artifacts")
    assert (result.exit_code, error(result)) == (FAILED, "Error: two lines\n")


# Configuration


def test_an_environment_of_kedro_has_its_own_settings(own: KedroProject) -> None:
    """By option or by Kedro's variable; another folder of configuration works too."""
    own.write_yaml("conf/other/wandb.yml", LOCAL | {"project": "other"})
    assert answer(own, "status", "--env", "other")["project"] == "other"
    assert json.loads(wandb(own, "status", "--json", KEDRO_ENV="other").stdout)["project"] == (
        "other"
    )
    shutil.copytree(own.path / "conf", own.path / "elsewhere")
    own.write_yaml("elsewhere/base/wandb.yml", LOCAL | {"project": "elsewhere"})
    told = answer(own, "status", "--conf-source", str(own.path / "elsewhere"))
    assert told["project"] == "elsewhere"


def test_the_server_is_not_asked_without_a_key(logged: KedroProject) -> None:
    """It is told where to put one."""
    result = wandb(logged, "artifacts", "--store", "wandb")
    assert result.exit_code == FAILED
    assert "no key is configured for https://api.wandb.ai" in error(result)


def test_the_local_store_can_be_read_in_any_mode(own: KedroProject) -> None:
    """Also if going online is asked for, and impossible."""
    own.write_yaml("conf/base/wandb.yml", LOCAL | {"mode": "online"})
    assert wandb(own, "artifacts").exit_code == FAILED
    assert len(answer(own, "artifacts", "--store", "local")) == len(ARTIFACTS)


# Processes of their own


def test_the_answer_alone_is_on_stdout(own: KedroProject) -> None:
    """Where the project logs to stderr, as it should: what is piped is JSON and nothing else."""
    logging = yaml.safe_load((own.path / "conf/logging.yml").read_text(encoding="utf-8"))
    logging["handlers"]["console"]["stream"] = "ext://sys.stderr"
    own.write_yaml("conf/logging.yml", logging)
    done = command(own, "wandb", "artifacts", "--json")
    assert done.returncode == DONE
    assert {each["name"] for each in json.loads(done.stdout)} == set(ARTIFACTS)
    done = command(own, "wandb", "show", "modle")
    assert (done.returncode, done.stdout) == (NOT_FOUND, "")
    assert "Traceback" not in done.stderr


def test_the_answer_can_go_to_a_file(own: KedroProject, tmp_path: Path) -> None:
    """Where the project logs to stdout, in between; as JSON or as text."""
    file = tmp_path / "answer"
    done = command(own, "wandb", "artifacts", "--json", "--output", str(file))
    assert done.returncode == DONE
    assert "model" not in done.stdout
    assert {each["name"] for each in json.loads(file.read_text("utf-8"))} == set(ARTIFACTS)
    result = wandb(own, "artifacts", "--output", str(file))
    assert (result.exit_code, result.output) == (DONE, "")
    assert file.read_text("utf-8").startswith("artifact ")


def test_a_file_that_can_not_be_written_is_told(logged: KedroProject, tmp_path: Path) -> None:
    """In one line."""
    result = wandb(logged, "artifacts", "--output", str(tmp_path / "no/file"))
    assert result.exit_code == FAILED
    assert "no/file" in error(result)


def command(project: KedroProject, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command in a process of its own, with its two streams kept apart."""
    return subprocess.run(
        [project.python, "-m", "kedro", *arguments],
        cwd=project.path,
        env=project.environment({"PYTHONWARNINGS": "ignore"}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_other_commands_do_not_pay_for_it() -> None:
    """Kedro reads the entry point for every command; that imports none of the work."""
    code = (
        "import sys; from kedro_wandb.cli.entry import commands; import click;"
        "assert commands.get_command(click.Context(commands), 'run') is None;"
        "print([name for name in sys.modules"
        " if name.startswith(('kedro_wandb.', 'wandb', 'pydantic', 'sqlite3'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.endswith("['kedro_wandb.cli', 'kedro_wandb.cli.entry']\n")


# Online


@pytest.fixture
def server(unsure_server: WandbServer, monkeypatch: pytest.MonkeyPatch) -> WandbServer:
    """The server that this process talks to, with the local store in the project's folder."""
    monkeypatch.delenv("WANDB_DIR")
    return unsure_server


def test_online_the_commands_ask_the_server(tmp_path: Path, server: WandbServer) -> None:
    """With the same meaning as locally; the environment is left as it was."""
    before = dict(os.environ)
    project = make_weekly(tmp_path / "project", {"project": "tiny"})
    project.run()
    assert {each["name"] for each in answer(project, "artifacts")} == set(ARTIFACTS)
    assert answer(project, "artifacts", "--store", "local") == []
    assert answer(project, "show", "model:v0")["made_by"][0]["url"].startswith(server.url)
    (train,) = answer(project, "lineage", "model", "--up")["up"]["children"]
    assert [each["name"] for each in train["children"]] == ["train_rows:v0"]
    folder = Path(answer(project, "pull", "drops")["folder"])
    for path in (project.path / "data/drops").iterdir():
        assert (folder / path.name).read_bytes() == path.read_bytes()
    answer(project, "alias", "model:v0", "prod")
    assert server.artifact("model:prod").version == "v0"
    with open_store(project) as store:
        assert store.outbox.seen_holder("model", "prod") == server.artifact("model:v0").digest
    answer(project, "alias", "model:v0", "prod", "--remove")
    assert server.artifact("model:v0").aliases == ["latest"]
    with open_store(project) as store:
        assert store.outbox.seen_holder("model", "prod") is None
    result = wandb(project, "show", "modle")
    assert result.exit_code == NOT_FOUND
    assert "The W&B project has no artifact 'modle' (did you mean 'model'?)" in error(result)
    assert dict(os.environ) == before


def test_a_sync_uploads_what_waits(own: KedroProject, server: WandbServer) -> None:
    """Whatever the project's mode is; afterwards nothing waits, and it can be cleaned."""
    result = wandb(own, "sync", "--dry-run")
    assert result.exit_code == DONE
    assert [line.split()[0] for line in result.output.splitlines()] == ["process", "train", "W&B"]
    assert server.requests == []
    found = answer(own, "sync")
    assert [(each["step"], each["result"]) for each in found["steps"]] == [
        ("process", "uploaded"),
        ("train", "uploaded"),
    ]
    assert (found["waiting"], found["problem"]) == (0, None)
    assert server.artifact("model:latest").version == "v0"
    assert answer(own, "status")["waiting"]["steps"] == 0
    assert wandb(own, "sync").output == "There is nothing to upload.\n"
    assert answer(own, "clean", "--yes")["freed"] > 0


def test_online_a_lineage_of_200_runs_takes_few_requests(
    tmp_path: Path, server: WandbServer
) -> None:
    """Not some for each of them; and it is as short as the local one."""
    project = make_weekly(tmp_path / "project", {"project": "tiny"})
    project.run()
    place = {"entityName": ENTITY, "modelName": "tiny"}
    for run in list(server.state.projects[ENTITY, "tiny"].runs.values()):
        for week in range(199):
            started = dt.datetime(2030, 1, 7, tzinfo=dt.UTC) + dt.timedelta(weeks=week)
            spec = place | {
                "name": f"{run.name}{week}",
                "groupName": f"week {week}",
                "jobType": run.job_type,
                "config": json.dumps({"kedro_started": {"value": started.isoformat()}}),
            }
            again, _ = server.state.upsert_run(spec)
            for artifact in run.used:
                again.use(artifact)
            for artifact in run.logged:
                again.log(artifact)
            again.end(0)
    server.requests.clear()
    told = wandb(project, "lineage", "train_rows").output.splitlines()
    assert len(server.requests) <= 20
    assert len(told) <= 40
    assert re.fullmatch(r"train_rows:v0 \[latest\] · .* · made again by 199 runs", told[1])
    assert any("train · finished · week 198 · and 199 older runs" in line for line in told)


@pytest.mark.slow
def test_a_sync_without_a_server_has_its_own_status(own: KedroProject, server: WandbServer) -> None:
    """And loses nothing; nor does it or any other command hang."""
    with server.down():
        synced = own.kedro("wandb", "sync", timeout=60)
        listed = own.kedro("wandb", "artifacts", "--store", "wandb", timeout=60)
    for gone in (synced, listed):
        assert gone.code == WAITS
        assert "Traceback" not in gone.output
    assert "W&B has 0 of 2; the rest waits for kedro wandb sync." in synced.output
    assert answer(own, "status")["waiting"]["steps"] == 2
