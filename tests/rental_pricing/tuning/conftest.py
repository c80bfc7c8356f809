"""A search that takes a second: Lake City, a few trees, and a study in memory."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from rental_pricing.evaluation.parameters import ModelingParameters
from rental_pricing.tuning.parameters import TuningParameters

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rental_pricing.tuning.trials import Trial

SPACE = {
    "learning_rate": {
        "parameter": "estimators.gradient_boosting.learning_rate",
        "low": 0.05,
        "high": 1.0,
        "log": True,
    },
    "max_iter": {"parameter": "estimators.gradient_boosting.max_iter", "low": 2, "high": 12},
    "kernel_weight": {"parameter": "kernel.weight", "choices": [0.0, 0.3, 0.5]},
}


class MemoryStudies:
    """Studies in memory; ``stop_after`` trials the process is "killed".

    Attributes:
        kept: Trials by study.
        stop_after: How many may be added until then; ``None``: any number.
    """

    def __init__(self, stop_after: int | None = None) -> None:
        self.kept: dict[str, list[Trial]] = {}
        self.stop_after = stop_after

    @contextmanager
    def open(self, name: str, space: Any, total: int) -> Iterator[Any]:
        """As the file's."""
        assert space
        assert total > 1
        kept, studies = self.kept.setdefault(name, []), self

        class Opened:
            trials = tuple(kept)

            def add(self, trial: Trial) -> None:
                if studies.stop_after == 0:
                    raise KeyboardInterrupt
                assert trial.number == len(kept)
                kept.append(trial)
                if studies.stop_after is not None:
                    studies.stop_after -= 1

        yield Opened()


@pytest.fixture(scope="session")
def studies() -> type[MemoryStudies]:
    """Make studies in memory."""
    return MemoryStudies


@pytest.fixture(scope="session")
def small_modeling(parameters: dict[str, Any]) -> ModelingParameters:
    """The project's configuration with a handful of trees, landmarks and terms."""
    given = parameters["modeling"].model_dump()
    given["estimators"]["gradient_boosting"] |= {"max_iter": 5, "min_samples_leaf": 5}
    given["features"] |= {"location_bumps": 5, "folds": 2}
    given["kernel"] |= {"landmarks": 10}
    return ModelingParameters(**given)


@pytest.fixture(scope="session")
def small_tuning() -> TuningParameters:
    """Seven trials in batches of three, drawn by TPE from the third on."""
    return TuningParameters(
        trials=7,
        batch_size=3,
        startup_trials=3,
        folds=3,
        workers=1,
        seed=5,
        prune={"after_folds": 1, "worse_by": 0.05},
        space={"gradient_boosting": SPACE},
    )
