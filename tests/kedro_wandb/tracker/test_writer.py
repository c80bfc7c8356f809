"""From one store to the other in the middle of a run."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from kedro_wandb.errors import StoreUnavailableError
from kedro_wandb.settings.config import Timeouts
from kedro_wandb.stores.base import Draft, Ending, Source, Step
from kedro_wandb.stores.local.store import LocalStore
from kedro_wandb.tracker.pulse import QUIET, Pulse
from kedro_wandb.tracker.writer import Writer


class Failing(LocalStore):
    """A store that is not reachable from its n-th call on; what it did until then stays."""

    def __init__(self, folder: Path, good_calls: int) -> None:
        super().__init__(folder)
        self.left = good_calls

    def _count(self) -> None:
        self.left -= 1
        if self.left < 0:
            msg = "The server is gone."
            raise StoreUnavailableError(msg)

    def open_step(self, step: Step, *, begun_online: bool = False) -> None:
        """Begin a step, or fail."""
        self._count()
        super().open_step(step, begun_online=begun_online)

    def log(self, *arguments: Any) -> Any:
        """Log, or fail."""
        self._count()
        return super().log(*arguments)

    def use(self, *arguments: Any) -> Any:
        """Use, or fail."""
        self._count()
        return super().use(*arguments)

    def close_step(self, step: str, ending: Ending) -> None:
        """End a step, or fail."""
        self._count()
        super().close_step(step, ending)


Make = Callable[[int], tuple[Writer, LocalStore, list[str]]]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Make a failover whose first store fails from the n-th call on, and tells what it does."""
    spare = LocalStore(tmp_path / "spare")
    done: list[str] = []

    def build(good_calls: int) -> tuple[Writer, LocalStore, list[str]]:
        first = Failing(tmp_path / "first", good_calls)

        def make_spare() -> LocalStore:
            if first.left < 0:  # before, it is made for a moment to note the server's aliases
                done.append("made")
            return spare

        return Writer(first, make_spare, lambda: done.append("left")), spare, done

    yield build
    spare.close()


def a_step(identifier: str) -> Step:
    return Step(identifier, identifier, "weekly", "run", identifier)


def a_draft(folder: Path, name: str) -> Draft:
    file = folder / f"{name}.csv"
    file.write_text(name)
    return Draft(name, "dataset", (Source(file.name, file),))


def run(target: Writer, folder: Path) -> None:
    """Make two steps, of which the second uses what the first has made and a raw file."""
    rows, model = a_draft(folder, "rows"), a_draft(folder, "model")
    target.open_step(a_step("process"))
    raw = target.use("process", a_draft(folder, "raw"), None)
    made = target.log("process", rows)
    target.close_step("process", Ending("finished", 1.0))
    target.open_step(a_step("train"))
    target.use("train", rows, made.version)
    target.use("train", a_draft(folder, "raw"), raw.version)
    target.log("train", model)
    target.close_step("train", Ending("finished", 2.0))


@pytest.mark.parametrize("good_calls", range(9))
def test_whenever_the_first_store_fails_the_rest_is_in_the_spare_one(
    make: Make, tmp_path: Path, good_calls: int
) -> None:
    """Also uses of versions that the first one gave; the step under way says it began there."""
    target, spare, done = make(good_calls)
    run(target, tmp_path)
    assert target.problem == "The server is gone."
    assert done == ["made", "left"]
    assert spare.step("train").state == "finished"
    begun = {"process": 1 <= good_calls < 4, "train": good_calls >= 5}
    with spare.database.reading() as connection:
        for name, is_begun in connection.execute("SELECT id, begun_online FROM steps"):
            assert is_begun == begun[name]
    if good_calls <= 5:
        assert {v.name for v in spare.inputs("train")} == {"rows", "raw"}
    if good_calls <= 2:
        assert [v.name for v in spare.outputs("process")] == ["rows"]


def test_a_store_that_does_not_fail_keeps_everything(make: Make, tmp_path: Path) -> None:
    """And the spare one gets no step; it knows where the other's aliases are."""
    target, spare, done = make(99)
    run(target, tmp_path)
    assert (target.problem, done, spare.steps(), spare.artifacts()) == (None, [], [], [])
    model = target.store.find("model")
    assert spare.outbox.seen_holder("model", "latest") == model.digest
    assert {v.name for v in target.store.inputs("train")} == {"rows", "raw"}


def test_without_a_spare_one_a_failure_is_an_error(tmp_path: Path) -> None:
    """As of the local store itself."""
    target = Writer(Failing(tmp_path / "first", 0))
    with pytest.raises(StoreUnavailableError, match="gone"):
        target.open_step(a_step("process"))


class Watched(Pulse):
    """Keeps what it was told."""

    def __init__(self) -> None:
        super().__init__(lambda _: None)
        self.told: list[tuple[str, int, float]] = []

    def begin(self, what: str, size: int = 0, seconds: float = QUIET) -> None:
        """Take note of it."""
        self.told.append((what, size, seconds))


def test_a_large_file_may_be_silent_for_as_long_as_a_slow_disk_needs(tmp_path: Path) -> None:
    """Its copy and its flush move bytes that nobody counts: 3 GB take more than ten seconds."""
    large, small = tmp_path / "large.bin", tmp_path / "small.bin"
    with large.open("wb") as file:
        file.truncate(3_000_000_000)  # a hole: it takes no room, and is not read here
    small.write_text("small")
    pulse = Watched()
    target = Writer(Failing(tmp_path / "store", 1), pulse=pulse)
    target.open_step(a_step("process"))
    for path in (large, small):
        with pytest.raises(StoreUnavailableError):
            target.log("process", Draft(path.stem, "dataset", (Source(path.name, path),)))
    step, *files = pulse.told
    assert step == ("process", 0, QUIET)
    assert files == [("large", 3_000_000_000, QUIET + 150), ("small", 5, pytest.approx(QUIET))]


def test_a_server_may_take_its_time_until_it_is_left(tmp_path: Path) -> None:
    """It is allowed what is configured; the local store that follows it needs no more."""
    pulse, timeouts = Watched(), Timeouts(start=50, call=1, finish=1)
    spare = LocalStore(tmp_path / "spare")
    first = Failing(tmp_path / "first", 1)
    target = Writer(first, lambda: spare, pulse=pulse, server=timeouts, address=lambda: "there")
    target.open_step(a_step("process"))
    assert target.where() == "there"
    target.log("process", a_draft(tmp_path, "rows"))
    target.close_step("process", Ending("finished", 1.0))
    assert [seconds > 50 for _, _, seconds in pulse.told] == [True, True, False]
    assert target.where().startswith("kedro wandb artifacts")
    (problem,) = target.problems()
    assert problem == "The server is gone. Kept locally; 'kedro wandb sync' uploads it."
    target.close()
