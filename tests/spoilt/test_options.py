"""Wrong options of ``kedro run``, each with the one clear message that a person gets for it."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

VALIDATION = ("--pipelines", "data_validation")
PROFILING = ("--to-nodes", "data_validation.profile_listings")

OPTIONS = {
    ("--env", "locl"): ("no environment 'locl' (did you mean 'local'?)", "Known are: base, local"),
    ("--env", "../.."): ("--env '../..' is no name of a folder in conf/",),
    ("--pipelines", "modelling"): (
        "--pipelines: there is no 'modelling' (did you mean 'modeling'?)",
    ),
    ("--pipeline", "modelling"): ("--pipelines: there is no 'modelling'",),
    ("--pipeline", "modeling", *VALIDATION): ("cannot be used together",),
    ("--from-nodes", "train_price_model"): ("(did you mean 'modeling.train_price_model'?)",),
    ("--from-nodes", "train_prise_model"): ("(did you mean 'modeling.train_price_model'?)",),
    ("--to-nodes", "nothing"): ("--to-nodes: there is no 'nothing'. Known are:", "more"),
    ("--nodes", "evaluate"): ("--nodes: there is no 'evaluate'",),
    (*VALIDATION, "--nodes", "modeling.train_price_model"): (
        "no 'modeling.train_price_model' among what is run: it is in --pipelines modeling",
    ),
    ("--tags", "modelling"): ("--tags: there is no 'modelling' (did you mean 'modeling'?)",),
    ("--tags", "data_validation,modelling"): ("--tags: there is no 'modelling'",),
    ("--namespaces", "modelling"): ("--namespaces: there is no 'modelling'",),
    ("--to-outputs", "price_modle"): ("there is no 'price_modle' (did you mean 'price_model'?)",),
    ("--from-inputs", "listing"): ("there is no 'listing' (did you mean 'listings'?)",),
    (
        "--from-nodes",
        "data_validation.stop_if_failed",
        "--to-nodes",
        "data_validation.profile_listings",
    ): ("No node is in all of what was asked for", "Leave one of them out"),
    (*VALIDATION, "--runner", "ParalelRunner"): ("(did you mean 'ParallelRunner'?)",),
    (*VALIDATION, "--runner", "a.b.c"): ("--runner: there is no 'a.b.c'",),
    (*VALIDATION, "--runner", "kedro.io.DataCatalog"): ("is no runner",),
    (*VALIDATION, "--runner-params", "colour=3"): ("SequentialRunner has no 'colour'",),
    (*VALIDATION, "--runner-params", "colour"): ("must contain a key and a value",),
    (*VALIDATION, "--load-versions", "listings"): ("dataset_name:YYYY-MM-DD",),
    (*VALIDATION, "--load-versions", "listing:v"): ("no 'listing' (did you mean 'listings'?)",),
    (*VALIDATION, "--load-versions", "listings:v"): ("listings keeps no versions",),
    (*VALIDATION, "--load-versions", "listings:../x"): ("Version string '../x' is not allowed",),
    (*VALIDATION, "--conf-source", "nowhere"): ("Path 'nowhere' does not exist",),
    (*VALIDATION, "--conf-source", "data"): ("There is no environment 'base'", "data/base"),
    (*VALIDATION, "--conf-source", "pyproject.toml"): ("pyproject.toml is no folder",),
    ("--config", "nowhere.yml"): ("'nowhere.yml' does not exist",),
}
"""Options of ``kedro run``, with parts of the message."""

CONFIG_FILES = {
    "hello": ("c.yml is just 'hello'",),
    "": ("c.yml has no block 'run'",),
    "run: 5": ("c.yml has no block 'run'",),
    "run: {a": ("c.yml, line 2",),
    "run:\n  pipelin: x\n": ("Key `pipelin`", "pipelines"),
    "run:\n  pipelines: modelling\n": ("there is no 'modelling' (did you mean 'modeling'?)",),
}
"""Files for ``--config``, with parts of the message."""


@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
def test_a_wrong_option_is_told(
    run: Any, assert_told: Callable[..., None], options: tuple[str, ...]
) -> None:
    """The nearest known name is suggested, and the known ones are listed."""
    assert_told(run(*options), OPTIONS[options])


@pytest.mark.parametrize("content", CONFIG_FILES)
def test_a_spoilt_file_of_options_is_told(
    run: Any, assert_told: Callable[..., None], content: str
) -> None:
    """``--config`` is read with the same care as what is typed."""
    outcome = run("--config", "c.yml", **{"c.yml": content})
    assert_told(outcome, CONFIG_FILES[content])


def assert_passed_the_checks(outcome: tuple[int, str]) -> None:
    """Check that the run went on to the data, of which there is none."""
    assert re.search(r"data/.*01_raw/listings (has no drop|does not exist)", outcome[1]), outcome


@pytest.mark.parametrize(
    "options",
    [
        ("--tags", "data_processing,data_validation"),
        ("--namespaces", "data_processing"),
        ("--from-nodes", "data_processing.type_drops"),
        ("--from-inputs", "weekly_listings", "--to-outputs", "processing_report"),
        ("--runner", "ThreadRunner", "--pipelines", "data_processing"),
        ("--runner", "kedro.runner.SequentialRunner", "--pipelines", "data_processing"),
        ("--env", "base", "--pipelines", "data_processing"),
        ("--conf-source", "conf", "--pipelines", "data_processing"),
    ],
    ids=" ".join,
)
def test_a_legal_option_passes(run: Any, options: tuple[str, ...]) -> None:
    """Names that there are, are accepted in every option."""
    assert_passed_the_checks(run(*options))


def test_a_file_of_options_is_read(run: Any) -> None:
    """The section is ``run``, whatever name the command goes by."""
    outcome = run("--config", "c.yml", **{"c.yml": "run:\n  pipelines: data_processing\n"})
    assert_passed_the_checks(outcome)


def test_a_damaged_dataset_is_told_with_the_pipeline_that_makes_it(
    run: Any, assert_told: Callable[..., None]
) -> None:
    """No class, no list of arguments: the name, the file, and the command."""
    told = (
        "listings (data/03_primary/listings.parquet): ",
        "kedro run --pipelines data_processing",
    )
    assert_told(
        run(*VALIDATION, *PROFILING),
        told,
    )


@pytest.mark.parametrize(
    "arguments",
    [("-m", "kedro", "run"), ("-m", "rental_pricing", "run")],
    ids=["kedro run", "the packaged project"],
)
def test_both_doors_tell_the_same(
    place: Any, assert_told: Callable[..., None], arguments: tuple[str, ...]
) -> None:
    """The real commands, in a process of their own, exit with 1 and one message."""
    (place.path / "conf/local/parameters.yml").write_text("modeling: {seed: yes}\n")
    try:
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=place.path,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    finally:
        (place.path / "conf/local/parameters.yml").unlink()
    told = ("modeling.seed = true: must be a whole number",)
    assert done.returncode == 1
    assert_told((done.returncode, done.stderr), told)


def test_ctrl_c_ends_in_one_line(project: Any) -> None:
    """An interrupted run exits as shells expect it, without a wall of frames."""
    os.mkfifo(project.path / "held")
    (project.path / "conf/local/catalog.yml").write_text(
        "listings: {type: text.TextDataset, filepath: held}\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "kedro", "run", *VALIDATION, *PROFILING],
        cwd=project.path,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if "Loading data from listings" in line:
            break
    time.sleep(0.2)  # until the file is being opened, which waits for a writer
    process.send_signal(signal.SIGINT)
    _, text = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Interrupted" in text
    assert "Traceback" not in text
