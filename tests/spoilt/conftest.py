"""What tests of spoilt configurations share: one project, its command, what a message is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from kedro.framework.startup import bootstrap_project

from rental_pricing.cli import run as run_command

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MOST_LINES = 12
INTERNALS = (
    "Traceback",
    "pydantic",
    "omegaconf",
    "OmegaConf",
    "kedro.framework",
    "kedro_datasets",
    "input_value",
    "Failed to instantiate",
    "Parameters for parameter",
    "object_type",
    "PosixPath",
    "KeyError",
    "Dataset(",
)
EARLIER = {"03_primary/listings.parquet": b"an earlier result"}


@pytest.fixture(scope="module")
def place(new_project: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A project that bad configurations leave as it is, so that one serves all."""
    project = new_project(tmp_path_factory.mktemp("spoilt") / "project")
    for name, content in EARLIER.items():
        file = project.path / "data" / name
        file.parent.mkdir()
        file.write_bytes(content)
    bootstrap_project(project.path)
    return project


@pytest.fixture
def run(
    place: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., tuple[int, str]]:
    """Run ``kedro run`` in this process, with files that are there for this run only."""
    monkeypatch.chdir(place.path)

    def command(*arguments: str, **files: str | bytes) -> tuple[int, str]:
        written = []
        for name, content in files.items():
            file = place.path / (name if "." in name else f"conf/local/{name}.yml")
            file.write_bytes(content if isinstance(content, bytes) else content.encode())
            written.append(file)
        try:
            with pytest.raises(SystemExit) as stop:
                run_command.main(list(arguments), prog_name="kedro run")
        finally:
            for file in written:
                file.unlink()
        return int(stop.value.code or 0), capsys.readouterr().err

    return command


@pytest.fixture
def assert_told(place: Any) -> Callable[[tuple[int, str], tuple[str, ...]], None]:
    """Check that one short message was given, and nothing was done."""

    def check(outcome: tuple[int, str], told: tuple[str, ...]) -> None:
        code, text = outcome
        assert code in {1, 2}, text
        for part in told:
            assert part in text, text
        assert text.count("Error: ") == 1, text
        message = text[text.index("Error: ") :]
        for internal in INTERNALS:
            assert internal not in message, text
        assert len(message.splitlines()) <= MOST_LINES, text
        assert max(len(line) for line in message.splitlines()) <= 600, text
        assert {
            name: content for name, content in place.outputs().items() if not name.startswith(".")
        } == EARLIER

    return check
