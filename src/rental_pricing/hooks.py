"""Kedro hooks of the project: what is asked for is checked before anything is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kedro.framework.hooks import hook_impl
from pydantic import ValidationError

from rental_pricing.errors import (
    UnknownParameterError,
    UserInputError,
    WrongParameterError,
    cut,
    did_you_mean,
)
from rental_pricing.listings.dates import parse_date
from rental_pricing.messages.parameters import told
from rental_pricing.parameters import BLOCKS, RUNTIME_PARAMETERS

if TYPE_CHECKING:
    from kedro.config import AbstractConfigLoader
    from kedro.framework.context import KedroContext
    from kedro.io import CatalogProtocol
    from kedro.pipeline import Pipeline

_TEXTS = ("drops", "as_of", "reference", "to_price", "estimates", "experiment")


class ParametersHook:
    """Refuse parameters that nothing reads, and values that make no sense.

    Kedro checks what is inside a typed block that the run uses, but a mistyped block
    (``slit.seed=1``) or place (``drop=FOLDER``) would be ignored, and the run would do
    something else than asked.
    """

    @hook_impl(tryfirst=True)
    def after_context_created(self, context: KedroContext) -> None:
        """Compare the parameters with those that the project knows.

        Raises:
            UnknownParameterError: Naming what is unknown, and the nearest known name.
            WrongParameterError: Naming each wrong value and its rule.
        """
        environment = str(context.env or "")
        if Path(environment).name != environment:
            msg = f"--env {cut(environment)!r} is no name of a folder in conf/."
            raise WrongParameterError(msg)
        check_parameters(context.config_loader)


def check_parameters(loader: AbstractConfigLoader) -> None:
    """Compare a configuration's parameters with those that the project knows.

    Args:
        loader: Of the configuration.

    Raises:
        UnknownParameterError: Naming what is unknown, and the nearest known name.
        WrongParameterError: Naming each wrong value and its rule.
    """
    parameters = loader["parameters"]
    known = [*BLOCKS, *RUNTIME_PARAMETERS]
    # As in a catalog, names with an underscore are there to be filled in elsewhere: ${_name}.
    names = [str(name) for name in parameters if not str(name).startswith("_")]
    unknown = [name for name in names if name not in known]
    if unknown:
        hints = ", ".join(
            f"{cut(each)!r}{did_you_mean(each, known)}" for each in sorted(unknown)[:5]
        )
        msg = f"Unknown parameter {hints}. Known are: {', '.join(known)}."
        raise UnknownParameterError(msg)
    wrong = [
        *_wrong_blocks(parameters),
        *_wrong_places(parameters, loader.runtime_params or {}),
    ]
    if wrong:
        lines = "\n".join(f"  {line}" for line in wrong)
        msg = f"Wrong parameters:\n{lines}\nCorrect them in conf/, or in --params."
        raise WrongParameterError(msg)


class SelectionHook:
    """Refuse names that Kedro passes over in silence."""

    @hook_impl(tryfirst=True)
    def before_pipeline_run(
        self, run_params: dict[str, Any], catalog: CatalogProtocol[Any, Any]
    ) -> None:
        """Compare tags and versions with those that there are.

        Raises:
            UserInputError: Naming what is unknown, and the nearest known name.
        """
        if not (run_params.get("tags") or run_params.get("load_versions")):
            return
        from kedro.framework.project import pipelines  # noqa: PLC0415 - the run has loaded them

        from rental_pricing.messages.selection import unknown_names  # noqa: PLC0415

        problem = unknown_names(run_params, pipelines) or _unversioned(run_params, catalog)
        if problem:
            raise UserInputError(problem)


class TrialHook:
    """Try what a model would be trained with, before an hour of data is processed for it."""

    @hook_impl(tryfirst=True)
    def before_pipeline_run(self, pipeline: Pipeline, catalog: CatalogProtocol[Any, Any]) -> None:
        """Fit on a handful of made-up listings, where the run trains a model or searches.

        Raises:
            EstimatorParameterError: Naming the parameter that is to blame.
            SearchSpaceError: There is nothing to search, or no model can have it.
        """
        made = pipeline.all_outputs()
        if not made & {"price_model", "tuning_result"}:
            return
        from rental_pricing.model.trial import try_parameters  # noqa: PLC0415 - scikit-learn

        modeling, market = (_parameters(catalog, name) for name in ("modeling", "market"))
        try_parameters(modeling, market)
        if "tuning_result" in made:
            from rental_pricing.tuning.space import try_space  # noqa: PLC0415 - as above

            try_space(_parameters(catalog, "tuning"), modeling, market)


class EngineHook:
    """Leave the cluster when the run has ended, however it ended."""

    @hook_impl
    def after_pipeline_run(self, pipeline: Pipeline, catalog: CatalogProtocol[Any, Any]) -> None:
        """Leave it after a run that went well."""
        _close_engine(pipeline, catalog)

    @hook_impl
    def on_pipeline_error(self, pipeline: Pipeline, catalog: CatalogProtocol[Any, Any]) -> None:
        """Leave it after one that did not."""
        _close_engine(pipeline, catalog)


def _close_engine(pipeline: Pipeline, catalog: CatalogProtocol[Any, Any]) -> None:
    engine = catalog.get("engine") if "engine" in pipeline.inputs() else None
    close = getattr(engine, "close", None)
    if close is not None:
        close()


def _parameters(catalog: CatalogProtocol[Any, Any], name: str) -> Any:
    """Load typed parameters without a line in the log."""
    dataset = catalog.get(f"params:{name}")
    return dataset.load() if dataset is not None else None


def _wrong_blocks(parameters: dict[str, Any]) -> Iterator[str]:
    for name, model in BLOCKS.items():
        if name in parameters:
            try:
                model.model_validate(parameters[name])
            except ValidationError as error:
                yield from told(name, error, model)


def _wrong_places(parameters: dict[str, Any], given: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with places, dates and names, which only ``--params`` gives."""
    for name in [each for each in _TEXTS if each in parameters]:
        value = parameters[name]
        if name not in given:
            if value is not None:
                yield f"{name}: has no effect in conf/; give it as --params {name}=..."
        elif value is None or value == "":
            yield f"{name}: is empty; give a value or leave it out"
        elif name == "as_of" and parse_date(str(value)) is None:
            yield f"as_of={cut(str(value))} is not a date; write it as YYYY-MM-DD"
        elif not isinstance(value, str):
            yield f"{name} = {cut(str(value))}: must be text; put it in quotes: {name}='...'"


def _unversioned(run_params: dict[str, Any], catalog: CatalogProtocol[Any, Any]) -> str | None:
    names: Iterable[str] = run_params.get("load_versions") or ()
    for name in names:
        if getattr(catalog.get(name), "_version", None) is None:
            return f"--load-versions: {name} keeps no versions. Leave it out."
    return None
