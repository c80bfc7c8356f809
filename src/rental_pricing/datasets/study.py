"""The trials of a search, kept in a database of one file while they come in."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro.io import AbstractDataset
from kedro.io.core import DatasetError, get_protocol_and_path

from rental_pricing.errors import UserInputError, cut
from rental_pricing.tuning.sampling import as_optuna
from rental_pricing.tuning.trials import Trial

if TYPE_CHECKING:
    import optuna

    from rental_pricing.tuning.parameters import Space

_OURS = "trial"  # attribute of Optuna's trials, with all that ours has
_INSTALL = "pip install 'optuna>=5,<6' 'ruamel-yaml>=0.18' (the extra 'tuning')"


class StudyError(UserInputError, DatasetError):
    """Trials can't be kept: Optuna is missing, or the file is no database of it."""


class StudyDataset(AbstractDataset[None, "StudyFile"]):
    """Optuna's studies in an SQLite file, as ``optuna-dashboard`` shows them too.

    Loading gives a :class:`StudyFile`; the file is made with the first trial. Each trial is
    written whole, in one transaction. Local files only.

    Example of a catalog entry:

    .. code-block:: yaml

        tuning_study:
          type: rental_pricing.datasets.study.StudyDataset
          filepath: ${market_folder:}/06_models/tuning_study.sqlite
          metadata:
            wandb: {enabled: false}
    """

    def __init__(self, *, filepath: str, metadata: dict[str, Any] | None = None) -> None:
        """Remember the file.

        Args:
            filepath: A path on this machine.
            metadata: For Kedro plugins.
        """
        protocol, path = get_protocol_and_path(filepath)
        if protocol != "file":
            msg = f"{filepath}: SQLite needs a file on this machine."
            raise StudyError(msg)
        self._path = Path(path)
        self.metadata = metadata

    def load(self) -> StudyFile:
        """Return the studies; nothing is opened yet.

        Raises:
            StudyError: Optuna is not installed.
        """
        if importlib.util.find_spec("optuna") is None:
            msg = f"The search for parameters needs Optuna, which is not installed: {_INSTALL}"
            raise StudyError(msg)
        return StudyFile(self._path)

    def check(self) -> None:
        """Refuse at the start of a run what could not be used later.

        Raises:
            StudyError: Optuna is not installed, or the file is no database of it.
        """
        studies = self.load()
        if self._path.exists():
            studies.check()

    def save(self, data: None) -> None:  # noqa: ARG002 - Kedro's interface
        """Refuse: trials are added one by one.

        Raises:
            DatasetError: Always.
        """
        msg = f"{self} is written trial by trial, through what it loads."
        raise DatasetError(msg)

    def _exists(self) -> bool:
        return self._path.exists()

    def _describe(self) -> dict[str, Any]:
        return {"filepath": str(self._path)}


class StudyFile:
    """Studies by name, in one file."""

    def __init__(self, path: Path) -> None:
        """Remember the file.

        Args:
            path: It may not exist.
        """
        self._path = path

    @contextmanager
    def open(self, name: str, space: Space, total: int) -> Iterator[OpenStudyFile]:
        """Open a study, which is made if it is not there; a bar shows its progress.

        Args:
            name: Of the study.
            space: What it searches.
            total: How many trials it is going to have.

        Raises:
            StudyError: The file is no database of Optuna's.
        """
        import optuna  # noqa: PLC0415 - an extra

        with self._storage() as storage:
            study = optuna.create_study(
                storage=storage, study_name=name, direction="minimize", load_if_exists=True
            )
            trials = [_read(frozen) for frozen in study.get_trials(deepcopy=False)]
            with _progress(trials, total) as show:
                yield OpenStudyFile(study, space, trials, show)

    def check(self) -> None:
        """Look whether the file can be used.

        Raises:
            StudyError: As ``open``.
        """
        with self._storage() as storage:
            storage.get_all_studies()

    @contextmanager
    def _storage(self) -> Iterator[optuna.storages.RDBStorage]:
        import optuna  # noqa: PLC0415 - an extra

        optuna.logging.set_verbosity(optuna.logging.WARNING)
        self._path.parent.mkdir(parents=True, exist_ok=True)
        try:
            storage = optuna.storages.RDBStorage(f"sqlite:///{self._path}")
            storage.get_all_studies()
        except Exception as error:
            told = cut(str(error).splitlines()[0], 160)
            msg = (
                f"{self._path} can't be used for the trials: {told}. "
                "Take it away; the search begins anew."
            )
            raise StudyError(msg) from error
        try:
            yield storage
        finally:
            storage.remove_session()
            storage.engine.dispose()


class OpenStudyFile:
    """A study that is being worked on.

    Attributes:
        trials: Those that have ended, by number.
    """

    def __init__(
        self,
        study: optuna.Study,
        space: Space,
        trials: list[Trial],
        show: Callable[[Trial], None],
    ) -> None:
        """Begin with the trials that are there."""
        self._study, self._space, self._show = study, space, show
        self.trials = trials

    def add(self, trial: Trial) -> None:
        """Keep a trial that has ended; it is the next one by number."""
        self._study.add_trial(_written(trial, self._space))
        self.trials.append(trial)
        self._show(trial)


def _written(trial: Trial, space: Space) -> optuna.trial.FrozenTrial:
    """Return a trial as Optuna keeps it; what people may look at, and all of ours beside it."""
    frozen = as_optuna(trial, space)
    frozen.user_attrs = {_OURS: asdict(trial)}
    return frozen


def _read(frozen: optuna.trial.FrozenTrial) -> Trial:
    kept: dict[str, Any] = frozen.user_attrs[_OURS]
    return Trial(**{**kept, "folds": tuple(kept["folds"])})


@contextmanager
def _progress(trials: list[Trial], total: int) -> Iterator[Callable[[Trial], None]]:
    """Show a bar where standard error is a terminal."""
    from rich.console import Console  # noqa: PLC0415 - only a search shows a bar
    from rich.progress import (  # noqa: PLC0415 - as above
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    console = Console(stderr=True)
    bar = Progress(
        TextColumn("Trials"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.description}"),
        console=console,
        disable=not console.is_terminal,
        transient=True,
    )
    with bar:
        task = bar.add_task(_best(trials), total=total, completed=min(len(trials), total))

        def show(_: Trial) -> None:
            bar.update(task, advance=1, description=_best(trials))

        yield show


def _best(trials: list[Trial]) -> str:
    """Return the lowest error so far.

    >>> _best([])
    ''
    """
    finished = [trial.mae for trial in trials if trial.state == "finished"]
    return f"lowest MAE {min(finished):.2f}" if finished else ""
