"""How ``kedro markets`` tells what it does, and what became of it."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from textwrap import wrap

from rich.console import Console, ConsoleOptions, RenderResult
from rich.live import Live
from rich.table import Table
from rich.text import Text

from rental_pricing.errors import cut, cut_list
from rental_pricing.markets.results import Result
from rental_pricing.messages.configuration import shown

_WIDTH = 80
_MOST_LINES = 8
"""Of what is told of one market; its log and its page have all."""

_MOST_AT_WORK = 4
_LONGEST = 160
_PROBLEMS = ("person", "failed", "busy")
_EXPLAINED = (*_PROBLEMS, "planned")
_TOLD = {
    "person": "needs a person",
    "planned": "would run",
    "already_released": "released before",
    "nothing_new": "nothing new",
    "not_begun": "not begun",
}


class Progress:
    """Tells on stderr what begins and ends, and at a terminal what is at work."""

    def __init__(self, total: int) -> None:
        """Begin.

        Args:
            total: Number of markets that are run.
        """
        self._console = Console(stderr=True, highlight=False, markup=False)
        self._total, self._ended = total, 0
        self._at_work: dict[str, float] = {}

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        """Show what is at work, at a terminal."""
        if not self._console.is_terminal:
            yield
            return
        with Live(self, console=self._console, refresh_per_second=2, transient=True):
            yield

    def begun(self, environment: str) -> None:
        """Tell that a market has begun."""
        self._at_work[environment] = time.monotonic()
        self.say(f"{environment}: begun")

    def ended(self, result: Result) -> None:
        """Tell how a market has ended."""
        self._at_work.pop(result.environment, None)
        self._ended += 1
        parts = (_outcome(result), _error(result), _time(result))
        told = ", ".join(part for part in parts if part)
        why = f": {cut(result.told, _LONGEST)}" if result.outcome in _EXPLAINED else ""
        self.say(f"{result.environment}: {told} ({self._ended} of {self._total}){why}")

    def say(self, text: str) -> None:
        """Tell something, with the time of day."""
        line = Text(f"{time.strftime('%H:%M:%S')} {text}")
        self._console.print(line, soft_wrap=True)

    def __rich_console__(self, _: Console, __: ConsoleOptions) -> RenderResult:
        """Show what is at work now."""
        now = time.monotonic()
        at_work = [f"{name} {now - since:.0f} s" for name, since in [*self._at_work.items()]]
        if not at_work:
            return
        left = self._total - self._ended - len(at_work)
        told = f"at work: {cut_list(at_work, _MOST_AT_WORK)}; {left} to come"
        yield Text(told, style="dim", overflow="ellipsis", no_wrap=True)


def result_text(results: Sequence[Result], logs: Path) -> str:
    """Return the closing table, and what there is to do.

    Args:
        results: Of all markets, in their order.
        logs: Folder of the logs.
    """
    table = Table(box=None, pad_edge=False, header_style="")
    for name in ("market", "outcome"):
        table.add_column(name, overflow="fold")
    for name in ("MAE", "rows", "time"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("look in", overflow="fold")
    for result in results:
        numbers = _error(result), _rows(result), _time(result)
        table.add_row(result.environment, _outcome(result), *numbers, _place(result))
    console = Console(file=sys.stdout, highlight=False, markup=False)
    if not console.is_terminal:
        console.width = _WIDTH
    with console.capture() as captured:
        console.print(table)
    parts = ["\n".join(line.rstrip() for line in captured.get().splitlines())]
    parts += [_problem(each) for each in results if each.outcome in _PROBLEMS]
    seen = {_outcome(result): 0 for result in results}
    for result in results:
        seen[_outcome(result)] += 1
    counted = ", ".join(f"{number} {outcome}" for outcome, number in seen.items())
    plural = "" if len(results) == 1 else "s"
    end = [f"{len(results)} market{plural}: {counted}."]
    if any(result.log for result in results):
        end.append(f"Logs: {shown(logs)}")
    return "\n\n".join([*parts, "\n".join(end)])


def _problem(result: Result) -> str:
    """Say in a few lines why a market is not done, and where to look."""
    lines = [part for line in result.told.splitlines() for part in _wrapped(line)]
    hidden = len(lines) - _MOST_LINES
    if hidden > 0:
        lines = [*lines[:_MOST_LINES], f"  ... +{hidden} lines"]
    places = [result.answer.get("page") if result.outcome == "person" else None, result.log]
    looked = [f"  See {shown(place)}" for place in places if place is not None][:1]
    head = f"{result.environment}: {_outcome(result)}"
    return "\n".join([head, *lines, *looked])


def _outcome(result: Result) -> str:
    return _TOLD.get(result.outcome, result.outcome)


def _error(result: Result) -> str:
    error = result.answer.get("mae")
    return "" if error is None else f"{error:.2f} {cut(str(result.answer.get('currency')), 8)}"


def _rows(result: Result) -> str:
    rows = result.answer.get("rows")
    return "" if rows is None else f"{rows:,}"


def _place(result: Result) -> str:
    page = result.answer.get("page")
    return "" if page is None else shown(Path(page).parent)


def _time(result: Result) -> str:
    if result.seconds is None:
        return ""
    minutes, seconds = divmod(round(result.seconds), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


def _wrapped(line: str) -> list[str]:
    """Break a line where it has blanks: names, paths and numbers stay whole."""
    return wrap(
        line,
        _WIDTH,
        initial_indent="  ",
        subsequent_indent="  ",
        break_long_words=False,
        break_on_hyphens=False,
    )
