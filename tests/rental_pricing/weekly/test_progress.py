"""How far a week has come, and which of its pipelines need not be run again."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from kedro.framework.session import KedroSession
from kedro.framework.startup import bootstrap_project

from rental_pricing.weekly.fingerprint import Fingerprint
from rental_pricing.weekly.progress import Ended, Progress, outputs_digest

if TYPE_CHECKING:
    from pathlib import Path

FINGERPRINT = Fingerprint("2024-01-15", {"2024-01-15.csv": "a"}, None, None, "c", "d")
WATCH, RENEW = ("data_processing", "data_validation"), ("modeling", "release")


@pytest.fixture
def done(trained_project: Any, tmp_path: Path) -> Any:
    """A copy of a project that has run, and its catalog."""
    project = type(trained_project)(tmp_path / "project")
    shutil.copytree(trained_project.path, project.path)
    bootstrap_project(project.path)
    with KedroSession.create(project.path) as session:
        return project, session.load_context().catalog


@pytest.fixture
def progress(done: Any) -> Progress:
    """Of that project: two sessions have ended."""
    _, catalog = done
    sessions = (WATCH, "old"), (RENEW, "new")
    ended = [Ended.now(catalog, name, holder) for names, holder in sessions for name in names]
    return Progress(FINGERPRINT, None, looked=True, ended=tuple(ended))


def test_it_becomes_plain_values_and_back(progress: Progress) -> None:
    """Ready for JSON."""
    assert Progress.from_dict(progress.to_dict()) == progress
    shorter = replace(progress, ended=progress.ended[:2])
    assert shorter.with_session(progress.ended[2:]) == progress


def test_what_is_as_it_was_left_need_not_be_run_again(done: Any, progress: Progress) -> None:
    """Whatever was in production before the model was decided about."""
    _, catalog = done
    assert progress.intact(catalog, "new") == progress


def test_another_model_in_production_is_decided_about_anew(done: Any, progress: Progress) -> None:
    """What was watched at the week's beginning stays, and nothing is trained again."""
    _, catalog = done
    for production in ("old", None):
        assert progress.intact(catalog, production).ended == progress.ended[:3]


def test_what_a_person_has_decided_is_not_decided_again(done: Any, progress: Progress) -> None:
    """Only the prices depend on it then."""
    _, catalog = done
    priced = progress.with_session([Ended("inference", progress.ended[3].outputs, "new")])
    with pytest.MonkeyPatch.context() as patch:
        digests = {each.pipeline: each.outputs for each in priced.ended}
        patch.setattr(
            "rental_pricing.weekly.progress.outputs_digest", lambda _, name: digests[name]
        )
        assert priced.intact(catalog, "new", is_answered=True) == priced
        assert priced.intact(catalog, "by hand", is_answered=True) == progress


@pytest.mark.parametrize(
    ("file", "left"),
    [
        ("data/03_primary/listings.parquet", 0),
        ("data/02_intermediate/typed_drops/2024-01-08.parquet", 0),
        ("data/08_reporting/validation_report.json", 1),
        ("data/06_models/price_model/package.json", 2),
        ("data/08_reporting/model_card.md", 2),
        ("data/08_reporting/release_decision.json", 3),
        ("data/07_model_output/price_estimates.parquet", 4),
    ],
)
def test_a_file_that_is_another_or_gone_is_made_again(
    done: Any, progress: Progress, file: str, left: int
) -> None:
    """With all that follows; what none of them has written does not matter."""
    project, catalog = done
    place = project.path / file
    place.parent.mkdir(exist_ok=True)
    with place.open("ab") as content:
        content.write(b" ")
    assert len(progress.intact(catalog, "new").ended) == left
    place.unlink()
    assert len(progress.intact(catalog, "new").ended) == left


def test_what_is_on_another_machine_is_made_again(done: Any) -> None:
    """Nobody knows what is there without reading all of it."""
    project, catalog = done
    assert outputs_digest(catalog, WATCH[0]) is not None
    (project.path / "conf/local/catalog.yml").write_text(
        "listings: {type: pandas.ParquetDataset, filepath: 's3://bucket/listings.parquet'}\n"
    )
    with KedroSession.create(project.path) as session:
        elsewhere = session.load_context().catalog
    assert outputs_digest(elsewhere, WATCH[0]) is None
    unknown = Progress(FINGERPRINT, ended=(Ended(WATCH[0], None, None),))
    assert unknown.intact(catalog, None).ended == ()
