"""The rows of a table as runs of the experiment, such as the trials of a search."""

from __future__ import annotations

import json
import math
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from kedro_wandb.protocol.plan import DatasetPlan, RunPlan
from kedro_wandb.settings.redaction import redacted, redacted_text
from kedro_wandb.stores.base import Draft, Ending, Progress, State, Step, Version

PARAMETERS = ("params.", "config.")
"""What the names of columns begin with whose values go to a run's config."""

SCORES = ("scores.", "summary.")
"""The same for its summary."""

NAME, STATE = "name", "state"

MOST_RUNS = 1000
"""Rows of a table that become runs."""

_LONGEST_NAME, _LONGEST_TAG = 128, 64
_FINISHED = frozenset({"", "finished", "complete", "completed", "done"})
_FAILED = frozenset({"failed", "fail", "error", "crashed"})
_NOT_OVER = frozenset({"running", "waiting", "pending"})
_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "kedro-wandb/rows")


class AddsRuns(Protocol):
    """What this needs of the store that a run is written to."""

    def add_runs(
        self, what: str, runs: Sequence[tuple[Step, Ending]], progress: Progress | None = None
    ) -> int:
        """Add steps that are over already, and return how many were new."""


class NoRunsError(ValueError):
    """The file is no table of runs; the text says why."""


@dataclass(frozen=True)
class Row:
    """What a row of the table says of a run.

    Attributes:
        parameters: By name, without the column's prefix; empty cells are left out.
        scores: The same; what is no finite number is left out.
        name: What W&B shows; empty if the table does not say.
        state: In the table's own word, in small letters; empty if it has none.
    """

    parameters: Mapping[str, Any]
    scores: Mapping[str, float]
    name: str = ""
    state: str = ""

    @property
    def ended(self) -> State:
        """How the run ended; W&B knows nothing between well and failed."""
        return "failed" if self.state in _FAILED else "finished"

    @property
    def tags(self) -> tuple[str, ...]:
        """The table's word for the state, where W&B has none, such as ``pruned``.

        >>> Row({}, {}, state="pruned").tags, Row({}, {}, state="complete").tags
        (('pruned',), ())
        """
        is_known = self.state in _FINISHED | _FAILED
        return () if is_known else (self.state[:_LONGEST_TAG],)


class RowRuns:
    """Makes the rows of tables that declare it runs of the experiment.

    A row is a run once: the same row of the same artifact, in this version of the table or a
    later one, is the run that is there already. An experiment that has a name of its own
    has runs of its own.

    Attributes:
        problems: What the store did not take.
    """

    def __init__(
        self,
        target: AddsRuns,
        plan: RunPlan,
        provenance: Mapping[str, Any],
        progress: Progress | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """Begin.

        Args:
            target: Where the runs go.
            plan: The Kedro run whose tables these are.
            provenance: Facts for each run's config, besides its parameters.
            progress: Told of each run, as a sign of life.
            clock: Seconds since the epoch.
        """
        self._target, self._plan, self._provenance = target, plan, provenance
        self._progress, self._clock = progress, clock
        self.problems: list[str] = []

    def add(self, plan: DatasetPlan, draft: Draft, version: Version) -> str:
        """Add the rows of a dataset that was logged, and return what became of them.

        Args:
            plan: The dataset.
            draft: Its files.
            version: As the store has it.

        Returns:
            For the closing table; empty if the dataset does not declare it.
        """
        if not plan.runs:
            return ""
        if plan.is_withheld:
            return "no runs: its content is withheld"
        try:
            rows, remarks = rows_of(draft)
            runs = self._runs(plan, version, rows)
        except NoRunsError as error:
            return f"no runs: {error}"
        except Exception as error:  # noqa: BLE001 - whatever a table holds, it was logged
            return f"no runs: {type(error).__name__}: {error}"
        try:
            new = self._target.add_runs(f"the rows of {plan.dataset}", runs, self._progress)
        except Exception as error:  # noqa: BLE001 - as above
            self.problems.append(f"The rows of {plan.dataset} are not all runs: {error}")
            return "not all of its rows are runs"
        return "; ".join([_counted(len(runs), new), *remarks])

    def _runs(
        self, plan: DatasetPlan, version: Version, rows: Sequence[Row]
    ) -> list[tuple[Step, Ending]]:
        now, seen = self._clock(), Counter[str]()
        return [self._run(plan, version, row, number, now, seen)
                for number, row in enumerate(rows) if row.state not in _NOT_OVER]  # fmt: skip

    def _run(
        self,
        plan: DatasetPlan,
        version: Version,
        row: Row,
        number: int,
        now: float,
        seen: Counter[str],
    ) -> tuple[Step, Ending]:
        patterns = self._plan.config.redact
        parameters = redacted(dict(row.parameters), patterns)
        name = redacted_text(row.name, patterns) or f"{plan.dataset} {number}"
        content = json.dumps([parameters, row.scores, row.name, row.state], sort_keys=True)
        seen[content] += 1
        experiment = self._plan.experiment
        group = "" if experiment == self._plan.run_id else experiment
        told = {"version": version.reference, "row": number, "state": row.state or row.ended}
        step = Step(
            id=row_id(version.name, group, content, seen[content]),
            job_type=plan.dataset,
            experiment=experiment,
            run_id=self._plan.run_id,
            name=name[:_LONGEST_NAME],
            config={"parameters": parameters, "table": told, **self._provenance},
            tags=tuple(dict.fromkeys([*self._plan.config.tags, *row.tags])),
            started=now,
        )
        summary = {f"{plan.dataset}/{key}": score for key, score in row.scores.items()}
        return step, Ending(row.ended, now, summary)


def row_id(artifact: str, experiment: str, content: str, occurrence: int) -> str:
    """Return the id of a row's run, the same whenever the row is seen.

    Args:
        artifact: Name of the table's.
        experiment: Of its own name; empty if it has none.
        content: Of the row.
        occurrence: Counts rows of one content, from 1.
    """
    parts = json.dumps([artifact, experiment, content, occurrence])
    return uuid.uuid5(_NAMESPACE, parts).hex[:12]


def rows_of(draft: Draft) -> tuple[list[Row], list[str]]:
    """Return the rows of a table, at most ``MOST_RUNS``, and what there is to tell of the rest.

    Raises:
        NoRunsError: It is no such table.
    """
    columns, total = _columns(draft)
    length = len(next(iter(columns.values()), ()))
    rows = [_row({name: values[n] for name, values in columns.items()}) for n in range(length)]
    remarks = []
    if total > len(rows):
        remarks.append(f"only its first {MOST_RUNS} of {total} rows")
    if waiting := sum(row.state in _NOT_OVER for row in rows):
        remarks.append(f"{waiting} {'is' if waiting == 1 else 'are'} not over")
    known = {name for row in rows for name in row.scores}
    if empty := [name for name in columns if (key := _key(name, SCORES)) and key not in known]:
        remarks.append(f"no number in {', '.join(empty)}")
    return rows, remarks


def _columns(draft: Draft) -> tuple[dict[str, list[Any]], int]:
    file = draft.only_file
    if file is None:
        msg = "a table of runs is one file on this machine"
        raise NoRunsError(msg)
    try:
        from kedro_wandb.tracker.tables import read_columns  # noqa: PLC0415 - pyarrow is optional
    except ImportError:
        msg = "reading them needs pyarrow: install kedro-wandb[tables]"
        raise NoRunsError(msg) from None
    found = read_columns(file, _is_wanted, MOST_RUNS)
    if found is None:
        msg = f"{file.name} is no Parquet or CSV file, or a very large CSV"
        raise NoRunsError(msg)
    if not any(_key(name, (*PARAMETERS, *SCORES)) for name in found[0]):
        msg = f"{file.name} has no column {PARAMETERS[0]}* or {SCORES[0]}*"
        raise NoRunsError(msg)
    return found


def _is_wanted(column: str) -> bool:
    return column in {NAME, STATE} or bool(_key(column, (*PARAMETERS, *SCORES)))


def _key(column: str, prefixes: Sequence[str]) -> str:
    """Return what a column's name says after one of some prefixes; empty if it has none.

    >>> _key("params.depth", PARAMETERS), _key("depth", PARAMETERS)
    ('depth', '')
    """
    return next((column[len(each) :] for each in prefixes if column.startswith(each)), "")


def _row(cells: Mapping[str, Any]) -> Row:
    filled = {name: value for name, value in cells.items() if not _is_empty(value)}
    keyed = ((_key(name, SCORES), value) for name, value in filled.items())
    return Row(
        parameters={key: v for name, v in filled.items() if (key := _key(name, PARAMETERS))},
        scores={key: float(value) for key, value in keyed if key and _is_number(value)},
        name=str(filled.get(NAME, "")),
        state=str(filled.get(STATE, "")).strip().lower().removeprefix("trialstate."),
    )


def _is_empty(value: object) -> bool:
    return value is None or value == "" or (isinstance(value, float) and math.isnan(value))


def _is_number(value: object) -> bool:
    is_one = isinstance(value, int | float) and not isinstance(value, bool)
    return is_one and math.isfinite(value)  # type: ignore[arg-type]


def _counted(runs: int, new: int) -> str:
    """Return how many runs there are, and how many of them were there.

    >>> _counted(20, 20), _counted(20, 5), _counted(1, 0)
    ('20 runs', '20 runs, 15 of them known', '1 run, known')
    """
    known = runs - new
    told = f"{runs} {'run' if runs == 1 else 'runs'}"
    if known in {0, runs}:
        return f"{told}, known" if known else told
    return f"{told}, {known} of them known"
