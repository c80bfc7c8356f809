"""What a step's run says of it in W&B's config and summary; the SDK is not needed for it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from kedro_wandb.stores.base import Ending, Step

RUN_ID = "kedro_run_id"
"""Key of W&B's config with Kedro's run id."""

ENDED = "ended"
"""Key of W&B's summary that tells failures apart, of which W&B knows one state only."""

STARTED = "kedro_started"
FINISHED = "kedro_finished"
"""Keys of W&B's config and summary with the true times: its own are those of the upload."""


def config_of(step: Step) -> dict[str, Any]:
    """Return the config of a step's run."""
    started = {STARTED: moment(step.started)} if step.started else {}
    return {**step.config, RUN_ID: step.run_id, **started}


def summary_of(ending: Ending) -> dict[str, float | str]:
    """Return the summary of a step's run."""
    ended = {} if ending.state == "finished" else {ENDED: ending.state}
    return {**ending.summary, **ended, FINISHED: moment(ending.finished)}


def moment(seconds: float) -> str:
    """Return a time as ISO 8601 has it.

    >>> moment(1.7e9)
    '2023-11-14T22:13:20.000Z'
    """
    told = dt.datetime.fromtimestamp(seconds, dt.UTC).isoformat(timespec="milliseconds")
    return told.replace("+00:00", "Z")
