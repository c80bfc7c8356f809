"""Nodes of ``tuning``."""

from __future__ import annotations

import logging
from typing import Any

import pandas as pd

from rental_pricing.engine.engine import ONE_PROCESS, Engine
from rental_pricing.evaluation import provenance as made
from rental_pricing.evaluation.parameters import ModelingParameters
from rental_pricing.evaluation.split import split_provenance
from rental_pricing.listings.parameters import MarketParameters
from rental_pricing.quality.gate import require_passed
from rental_pricing.reporting.figures import Figure
from rental_pricing.reporting.tuning_figure import parallel_coordinates
from rental_pricing.tuning import result as found
from rental_pricing.tuning.parameters import TuningParameters
from rental_pricing.tuning.search import search
from rental_pricing.tuning.trials import StudyStore

logger = logging.getLogger(__name__)


def search_parameters(
    train_listings: pd.DataFrame,
    processing_report: dict[str, Any],
    validation_report: dict[str, Any],
    tuning_study: StudyStore,
    market: MarketParameters,
    modeling: ModelingParameters,
    tuning: TuningParameters,
    engine: Engine = ONE_PROCESS,
) -> tuple[pd.DataFrame, dict[str, Any]]:
    """Search for parameters with a lower cross-validated error on the training listings.

    The study keeps each trial that has ended, so that a search that was stopped goes on. It
    changes how long this takes, and nothing of what it returns.

    Args:
        train_listings: The training part, as ``modeling`` left it.
        processing_report: Must be about the data that was judged.
        validation_report: The judgement of the data; it must have passed.
        tuning_study: Where trials are kept.
        market: Price range and currency.
        modeling: The present configuration.
        tuning: What to search, and how.
        engine: Judges the trials, if it has a cluster.

    Returns:
        The trials, one a row; and the present configuration, the best one, and the simplest
        within one standard error of the best.

    Raises:
        MixedDataError: If listings, reports and parameters are not of one data set, market
            and split.
        ValidationFailedError: If a rule is broken.
        SearchSpaceError: If there is nothing to search.
    """
    of = split_provenance(
        validation_report["digest"], market.identity, modeling.split, validation_report["rows"]
    )
    made.require_training_data({"train": train_listings}, of, processing_report, validation_report)
    require_passed(validation_report)
    prices = (market.price.min, market.price.max)
    searched = search(
        train_listings,
        modeling,
        tuning,
        price_range=prices,
        of=of,
        store=tuning_study,
        engine=engine,
    )
    rows = len(train_listings)
    result = found.tuning_result(
        searched, modeling, tuning, of=of, rows=rows, currency=market.currency
    )
    logger.info("%s", found.headline(result))
    return found.trials_table(searched, modeling, tuning, rows), result


def draw_trials(trials: pd.DataFrame, tuning_result: dict[str, Any]) -> Figure:
    """Draw the trials in parallel coordinates.

    Args:
        trials: One a row.
        tuning_result: Which of them are the present one, the best and the simplest.

    Raises:
        MixedDataError: If the two are of different searches.
    """
    found.require_one_study(trials, tuning_result)
    return parallel_coordinates(trials, tuning_result)
