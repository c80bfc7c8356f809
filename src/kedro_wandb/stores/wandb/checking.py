"""What W&B's run lacks of a step that the local store kept, besides versions."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterable, Iterator, Mapping

from kedro_wandb.stores.base import Ending, MediaFile, State, Step
from kedro_wandb.stores.wandb.asking import RemoteRun
from kedro_wandb.stores.wandb.keys import ENDED, config_of, summary_of

_FAILED = {"failed", "crashed", "killed"}


def lost_images(run: RemoteRun | None, images: Mapping[str, MediaFile]) -> list[str]:
    """Return the names of the images that a run lacks."""
    if run is None or run.rows == 0:  # no row tells of them
        return list(images)
    return [name for name, image in images.items() if not _has(run.files, image)]


def _has(sizes: Mapping[str, int], image: MediaFile) -> bool:
    content = image.path.read_bytes()
    mark = hashlib.sha256(content).hexdigest()[:20]  # the SDK puts it into the file's name
    return any(mark in name and size == len(content) for name, size in sizes.items())


def gaps(run: RemoteRun | None, step: Step, ending: Ending) -> Iterator[str]:
    """Return what else a run lacks, for people: its end, its config, its summary."""
    if run is None:
        yield "the run"
        return
    if not _ended_so(run.state, run.summary.get(ENDED), ending.state):
        yield f"its end (it is {run.state!r} there, not {ending.state!r})"
    # An empty mapping has no leaf that could be there.
    wanted = (key for key, value in config_of(step).items() if value != {})
    if lost := [key for key in wanted if key not in run.config]:
        yield f"its config ({', '.join(lost)})"
    if wrong := list(_wrong(run.summary, summary_of(ending))):
        yield f"its summary ({', '.join(wrong)})"


def _wrong(there: Mapping[str, object], here: Mapping[str, float | str]) -> Iterable[str]:
    return (key for key, value in here.items() if not _same(there.get(key), value))


def _ended_so(found: str, told_end: object, ended: State) -> bool:
    """Return whether a run ended as a step did; W&B knows one kind of failure.

    >>> _ended_so("failed", "killed", "killed"), _ended_so("running", None, "finished")
    (True, False)
    """
    if ended == "finished":
        return found == "finished"
    return found in _FAILED and told_end == ended


def _same(found: object, value: float | str) -> bool:
    """Return whether a value is what was sent; W&B tells NaN and infinity as texts.

    >>> _same("NaN", float("nan")), _same(2, 2.0), _same(None, 2.0), _same("a", "a")
    (True, True, False, True)
    """
    if isinstance(value, str):
        return found == value
    try:
        number = float(str(found))
    except ValueError:
        return False
    return number == value or (math.isnan(number) and math.isnan(value))
