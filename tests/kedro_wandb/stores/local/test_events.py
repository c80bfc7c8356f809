"""What happened, in order, and what of it W&B has."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from synced import live

from kedro_wandb.errors import ArtifactNotFoundError, StoreUnavailableError
from kedro_wandb.stores.base import Draft, Ending, Step
from kedro_wandb.stores.local.store import LocalStore

MakeDraft = Callable[..., Draft]

STEP = Step("s1", "modeling", "weekly", "run", "modeling", started=5.0)
OTHER = Step("s2", "report", "weekly", "run", "report", started=6.0)
DONE = Ending("finished", 9.0)


def told(store: LocalStore) -> list[tuple[str, str | None, str, tuple[str, ...]]]:
    return [
        (event.kind, event.step, event.version.reference if event.version else "", event.aliases)
        for event in store.outbox.waiting_events()
    ]


def test_all_that_happens_is_an_event(local: LocalStore, draft: MakeDraft) -> None:
    """Of all steps in one order, with what each asked for; also of steps that still live."""
    local.open_step(STEP)
    local.use("s1", draft("raw", name="raw", aliases=("weekly",)))
    version = local.log("s1", draft("one", aliases=("candidate",))).version
    local.open_step(OTHER)
    local.use("s2", version)
    local.use("s2", draft("raw", name="raw", aliases=("weekly",)))
    local.close_step("s1", DONE)
    local.set_alias(version, "prod")
    local.open_step(STEP)
    local.remove_alias("listings", "prod")
    assert told(local) == [
        ("step_opened", "s1", "", ()),
        ("version_used", "s1", "raw:v0", ("weekly",)),
        ("version_logged", "s1", "listings:v0", ("candidate",)),
        ("step_opened", "s2", "", ()),
        ("version_used", "s2", "listings:v0", ()),
        ("version_used", "s2", "raw:v0", ()),
        ("step_ended", "s1", "", ()),
        ("alias_set", None, "listings:v0", ("prod",)),
        ("step_reopened", "s1", "", ()),
        ("alias_removed", None, "listings:v0", ("prod",)),
    ]
    events = local.outbox.waiting_events()
    assert [events[0].at, events[6].at] == [5.0, 9.0]
    assert [event.number for event in events] == sorted({event.number for event in events})
    assert live(local) == {"s1", "s2"}


def test_synced_events_wait_no_more(local: LocalStore, draft: MakeDraft) -> None:
    """Those that are not yet synced keep their numbers and their order."""
    local.open_step(STEP)
    local.log("s1", draft())
    local.close_step("s1", DONE)
    first, second, third = local.outbox.waiting_events()
    local.outbox.mark_events_synced([first.number, third.number])
    assert local.outbox.waiting_events() == [second]
    local.outbox.mark_events_synced([])
    assert local.outbox.waiting_events() == [second]


def test_numbers_are_never_given_twice(local: LocalStore) -> None:
    """What is new is always behind what was ever synced."""
    local.open_step(STEP)
    last = local.outbox.waiting_events()[-1].number
    local.outbox.mark_events_synced([last])
    local.close_step("s1", DONE)
    assert local.outbox.waiting_events()[0].number > last


def test_the_servers_number_is_noted(local: LocalStore, draft: MakeDraft) -> None:
    """Ours and the server's may differ."""
    local.open_step(STEP)
    version = local.log("s1", draft()).version
    assert local.outbox.remote_number(version) is None
    local.outbox.note_remote(version, 7)
    assert local.outbox.remote_number(version) == 7


def test_the_holder_of_an_alias_is_noted(local: LocalStore) -> None:
    """As it was last seen, also for names that are only on the server."""
    assert local.outbox.seen_holder("listings", "prod") is None
    for digest in ("d1", "d2", None):
        local.outbox.note_holder("listings", "prod", digest)
        local.outbox.note_holder("listings", "other", "d3")
        assert local.outbox.seen_holder("listings", "prod") == digest
    assert local.outbox.seen_holder("listings", "other") == "d3"


def test_ending_has_numbers_and_images(local: LocalStore, tmp_path: Path) -> None:
    """All that the run's last rows say."""
    (tmp_path / "plot.png").write_bytes(b"pixels")
    local.open_step(STEP)
    with pytest.raises(ArtifactNotFoundError, match="has not ended"):
        local.outbox.ending("s1")
    media = {"plot": tmp_path / "plot.png"}
    local.close_step("s1", Ending("failed", 9.0, {"mae": 30.5}, media))
    ending = local.outbox.ending("s1")
    assert (ending.state, ending.finished, ending.summary) == ("failed", 9.0, {"mae": 30.5})
    assert ending.media["plot"].read_bytes() == b"pixels"
    assert local.outbox.images("s1")["plot"].suffix == ".png"


OPENS = """
import platform, sys
from pathlib import Path
from kedro_wandb.stores.base import Step
from kedro_wandb.stores.local.store import LocalStore

platform.node = lambda: "another-container"
store = LocalStore(Path(sys.argv[1]))
store.open_step(Step("s1", "modeling", "weekly", "run", "modeling", started=5.0))
print("opened", flush=True)
input()
"""


@contextmanager
def tracker(store: LocalStore) -> Iterator[subprocess.Popen[str]]:
    """Give a process that has opened a step."""
    command = [sys.executable, "-c", OPENS, str(store.folder)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "opened\n"
        try:
            yield child
        finally:
            child.kill()


def test_step_lives_as_long_as_its_tracker(local: LocalStore) -> None:
    """Whichever machine or container that runs in: nothing is known of it but its lock."""
    with tracker(local) as child:
        assert live(local) == {"s1"}
        assert told(local) == [("step_opened", "s1", "", ())]
        child.kill()
        child.wait()
        assert live(local) == frozenset()
    assert told(local) == [("step_opened", "s1", "", ()), ("step_ended", "s1", "", ())]
    assert (local.step("s1").state, local.outbox.ending("s1").finished) == ("killed", 5.0)


def test_killed_step_is_told_once(local: LocalStore) -> None:
    """However often somebody looks."""
    with tracker(local):
        pass
    assert [local.outbox.recover(), local.outbox.recover()] == [1, 0]


def test_killed_step_can_go_on(local: LocalStore) -> None:
    """Whoever opens it again holds it."""
    with tracker(local):
        pass
    local.open_step(STEP)
    assert live(local) == {"s1"}
    assert local.outbox.recover() == 0


def test_step_of_a_living_tracker_is_not_taken_over(local: LocalStore) -> None:
    """Two processes that write one step would each end it for the other."""
    with tracker(local), pytest.raises(StoreUnavailableError, match="Another process"):
        local.open_step(STEP)


def test_store_that_is_closed_gives_its_steps_up(local: LocalStore) -> None:
    """A tracker that gave up without a word does not keep them alive."""
    local.open_step(STEP)
    local.close()
    assert live(local) == frozenset()


def test_several_look_at_once(local: LocalStore) -> None:
    """To look at a lock takes nothing away from whoever holds it or looks as well."""
    with tracker(local), closing(LocalStore(local.folder)) as second:
        for _ in range(20):
            assert live(local) == live(second) == {"s1"}


def test_locks_leave_nothing_behind(local: LocalStore) -> None:
    """A file for each step that ever ran would add up."""
    for number in range(3):
        local.open_step(Step(f"s{number}", "modeling", "weekly", "run", "modeling"))
        assert live(local) == {f"s{number}"}
        local.close_step(f"s{number}", DONE)
    with tracker(local):
        pass
    local.outbox.recover()
    assert [path.stem for path in (local.folder / "locks").iterdir()] == ["alone"]
