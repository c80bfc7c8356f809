"""A promotion that was decided is seen to have been made, or the run fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kedro.framework.hooks import hook_impl

from rental_pricing.errors import UserInputError

if TYPE_CHECKING:
    from kedro.io import CatalogProtocol
    from kedro.pipeline import Pipeline

DECISION, ALIAS = "release_decision", "released_model"
PRODUCTION = "price_model:prod"


class PromotionError(UserInputError):
    """A model was to be released, and the store does not have it in production."""


class PromotionHook:
    """Fail a run that has decided to release a model and could not.

    Moving an alias is tracking, whose failures never hurt a run. But estimates are made by
    what is in production, so this one must not go unnoticed.
    """

    def __init__(self) -> None:
        """Expect nothing yet."""
        self._decided_before: set[str] = set()

    @hook_impl
    def before_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol[Any, Any]
    ) -> None:
        """Remember a run that is not going to decide, since its decision is there."""
        only_missing = run_params.get("only_missing_outputs")
        if not only_missing or DECISION not in pipeline.all_outputs():
            return
        if all(catalog.exists(name) for name in (DECISION, ALIAS)):
            self._decided_before.add(str(run_params["run_id"]))

    # The tracking tells what became of a move in its own ``after_pipeline_run``, without trylast.
    @hook_impl(trylast=True)
    def after_pipeline_run(
        self, run_params: dict[str, Any], pipeline: Pipeline, catalog: CatalogProtocol[Any, Any]
    ) -> None:
        """Compare what was decided with what the store was seen to have.

        Raises:
            PromotionError: The model that was released is not in production.
        """
        run_id = str(run_params["run_id"])
        if run_id in self._decided_before or DECISION not in pipeline.all_outputs():
            self._decided_before.discard(run_id)
            return
        dataset = catalog.get(DECISION)
        decision = dataset.load() if dataset is not None else {}
        if decision.get("outcome") != "released":
            return
        from kedro_wandb import alias_move  # noqa: PLC0415 - only where something was released

        move = alias_move(PRODUCTION)
        if not move.made:
            msg = (
                f"The model {decision['candidate']['model']} was to be released, but "
                f"{PRODUCTION} was not moved to it: {move.reason.rstrip('.')}.\n"
                "What is in production was not touched. When that is mended, run again: "
                "kedro run --pipelines release"
            )
            raise PromotionError(msg)
