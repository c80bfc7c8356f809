"""Processes side by side: so many at a time, whatever becomes of one, and none that stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import pytest

from rental_pricing.markets import processes
from rental_pricing.markets.processes import Ended, Job, Processes

if TYPE_CHECKING:
    from collections.abc import Callable

PYTHON = (sys.executable, "-I", "-S", "-c")

SLEEPS = "import time; print('up', flush=True); time.sleep(60)"

IGNORES = f"import signal; signal.signal(signal.SIGINT, signal.SIG_IGN); {SLEEPS}"

HAS_A_CHILD = (
    "import subprocess, sys; "
    f"child = subprocess.Popen([sys.executable, '-I', '-S', '-c', {SLEEPS!r}], stdout=-3); "
    "print(child.pid, flush=True)"
)


@pytest.fixture
def job(tmp_path: Path) -> Callable[[str, str], Job]:
    """Make jobs of a line of Python."""

    def make(name: str, script: str) -> Job:
        return Job(name, [*PYTHON, script], tmp_path / f"{name}.json", tmp_path / f"{name}.log")

    return make


def run(number: int, jobs: list[Job], begun: Callable[[Job], object] = id) -> list[Ended]:
    """Run all of them."""
    return list(Processes(number, os.environ).run(jobs, begun))


def by_name(ended: list[Ended]) -> dict[str, int | None]:
    """The codes with which jobs ended."""
    return {each.job.name: each.code for each in ended}


def said(job: Job, text: str = "\n") -> str:
    """What a job says on stdout, as soon as that is there."""
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        told = job.answer.read_text() if job.answer.exists() else ""
        if text in told:
            return told
        time.sleep(0.005)
    raise AssertionError(job.log.read_text())


def told_to_stop(jobs: list[Job], *numbers: signal.Signals, waits_for: list[Job]) -> list[Ended]:
    """Run two jobs at a time, and send signals to this process when some have said something."""

    def stop() -> None:
        for each in waits_for:
            said(each)
        for number in numbers:
            os.kill(os.getpid(), number)
            time.sleep(0.05)

    thread = threading.Thread(target=stop)
    thread.start()
    told: list[str] = []
    started = Processes(2, os.environ, told.append)
    ended = list(started.run(jobs, id))
    thread.join()
    assert started.stopped_by == numbers[0]
    assert [line.split(":")[0] for line in told] == [numbers[0].name]
    return ended


def test_whatever_becomes_of_one_the_others_are_run(job: Callable[[str, str], Job]) -> None:
    """Each has its code, its answer and its log; none of them is asked anything."""
    jobs = [
        job("good", "print('done')"),
        job("bad", "import sys; sys.exit('no drops')"),
        job("killed", "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"),
        job("asks", "input()"),
    ]
    ended = run(2, jobs)
    assert by_name(ended) == {"good": 0, "bad": 1, "killed": -9, "asks": 1}
    good, bad, _, asks = jobs
    assert (good.answer.read_text(), good.log.read_text()) == ("done\n", "")
    assert (bad.answer.read_text(), bad.log.read_text()) == ("", "no drops\n")
    assert "EOFError" in asks.log.read_text()
    assert all(each.seconds > 0 for each in ended)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_so_many_run_at_a_time(job: Callable[[str, str], Job], number: int) -> None:
    """Never more, and as many as there may be: each waits until the others of its batch run."""
    lock, now, most = threading.Lock(), [0], [0]
    batch = threading.Barrier(number)

    def begun(_: Job) -> None:
        with lock:
            now[0] += 1
            most[0] = max(most[0], now[0])
        batch.wait(20)
        with lock:
            now[0] -= 1

    ended = run(number, [job(str(each), "pass") for each in range(2 * number)], begun)
    assert len(ended) == 2 * number
    assert most == [number]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_signal_ends_those_that_run_and_begins_no_other(
    job: Callable[[str, str], Job], number: signal.Signals
) -> None:
    """As Ctrl-C does, whichever signal it is; afterwards signals are as they were before."""
    before = signal.getsignal(number)
    first, second, third = jobs = [
        job("first", SLEEPS),
        job("second", SLEEPS),
        job("third", SLEEPS),
    ]
    ended = told_to_stop(jobs, number, waits_for=[first, second])
    assert by_name(ended) == {"first": -signal.SIGINT, "second": -signal.SIGINT, "third": None}
    assert [each.told_to_end for each in ended if each.code] == [True, True]
    assert "KeyboardInterrupt" in first.log.read_text()
    assert not third.log.exists()
    assert signal.getsignal(number) is before


def test_what_does_not_end_is_ended(
    job: Callable[[str, str], Job], monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a while, by what it can't ignore in the end."""
    grace = ((signal.SIGINT, 0.1), (signal.SIGTERM, 0.1), (signal.SIGKILL, 0.0))
    monkeypatch.setattr(processes, "_GRACE", grace)
    deaf = IGNORES.replace("time; ", "time; signal.signal(signal.SIGTERM, signal.SIG_IGN); ")
    jobs = [job("ignores", IGNORES), job("deaf", deaf)]
    ended = by_name(told_to_stop(jobs, signal.SIGINT, waits_for=jobs))
    assert ended == {"ignores": -signal.SIGTERM, "deaf": -signal.SIGKILL}


def test_who_can_t_wait_says_so_twice(job: Callable[[str, str], Job]) -> None:
    """Then all end at once."""
    jobs = [job("ignores", IGNORES)]
    start = time.monotonic()
    ended = told_to_stop(jobs, signal.SIGINT, signal.SIGINT, waits_for=jobs)
    assert by_name(ended) == {"ignores": -signal.SIGKILL}
    assert time.monotonic() - start < 10


def test_nothing_of_a_job_is_left_behind(job: Callable[[str, str], Job]) -> None:
    """Not what it has started itself, whether it ends by itself or is stopped."""
    ends, stays = job("ends", HAS_A_CHILD), job("stays", f"{HAS_A_CHILD}; {SLEEPS}")
    told_to_stop([ends, stays], signal.SIGTERM, waits_for=[ends, stays])
    children = [int(said(each).split()[0]) for each in (ends, stays)]
    deadline = time.monotonic() + 10
    while any(_runs(pid) for pid in children) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert [pid for pid in children if _runs(pid)] == []


def test_a_signal_that_is_ignored_here_stops_nothing_but_can_stop_a_job(
    job: Callable[[str, str], Job],
) -> None:
    """As under nohup, or in a shell's background: jobs would inherit it."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        sleeps = job("sleeps", SLEEPS)

        def interrupt() -> None:
            said(sleeps)
            os.kill(os.getpid(), signal.SIGINT)

        thread = threading.Thread(target=interrupt)
        thread.start()
        quick = job("quick", "pass")
        started = Processes(2, os.environ)
        run_of = started.run([sleeps, quick], id)
        assert next(run_of).job == quick
        thread.join()
        assert started.stopped_by is None
        started.stop(signal.SIGTERM)
        assert [each.code for each in run_of] == [-signal.SIGINT]
        assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN
    finally:
        signal.signal(signal.SIGINT, before)


def test_nothing_runs_on_where_nobody_takes_its_end(job: Callable[[str, str], Job]) -> None:
    """A defect of this process ends the others as well."""
    sleeps, quick = job("sleeps", SLEEPS), job("quick", "pass")
    started = Processes(2, os.environ).run([sleeps, quick], id)
    next(started)
    said(sleeps)
    with pytest.raises(ZeroDivisionError):
        started.throw(ZeroDivisionError())
    assert "KeyboardInterrupt" in sleeps.log.read_text()


def test_what_is_at_work_goes_on_where_this_process_is_killed_outright(
    job: Callable[[str, str], Job],
) -> None:
    """It can tell nobody then; what a job says goes to files, which need no reader."""
    works = job("works", "import sys; print('up', flush=True); print(sys.stdin.read(), 'done')")
    script = (
        "import os, sys; from pathlib import Path\n"
        "from rental_pricing.markets.processes import Job, Processes\n"
        f"job = Job('works', {[*works.command]!r}, Path({str(works.answer)!r}), Path(os.devnull))\n"
        "def begun(job):\n"
        "    while 'up' not in job.answer.read_text(): pass\n"
        "    os.kill(os.getpid(), 9)\n"
        "list(Processes(1, os.environ).run([job], begun))\n"
    )
    killed = subprocess.run([sys.executable, "-c", script], check=False, timeout=60)
    assert killed.returncode == -signal.SIGKILL
    assert "done" in said(works, "done")


def _runs(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False
