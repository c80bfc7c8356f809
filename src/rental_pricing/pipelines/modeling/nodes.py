"""Nodes of ``modeling``.

Each compares what its inputs say of their data, market, split and model before it works,
and refuses what was not made together: any of them can be run by itself.
"""

from __future__ import annotations

import logging
from typing import Any

import pandas as pd

from rental_pricing.engine.engine import ONE_PROCESS, Engine
from rental_pricing.engine.pieces import Pieces
from rental_pricing.evaluation import provenance as made
from rental_pricing.evaluation.baseline import require_gain
from rental_pricing.evaluation.estimates import beside_prices, made_by
from rental_pricing.evaluation.importance import permutation_importance
from rental_pricing.evaluation.metrics import flat_metrics, headline, segment_metrics
from rental_pricing.evaluation.origin import model_origin
from rental_pricing.evaluation.parameters import ModelingParameters
from rental_pricing.evaluation.split import SAMPLE_SHARE, split_into_parts, split_provenance
from rental_pricing.listings.columns import MODEL_COLUMNS
from rental_pricing.listings.parameters import MarketParameters, ProcessingParameters
from rental_pricing.model.knowledge import Knowledge
from rental_pricing.model.network.files import learnt_with
from rental_pricing.model.price_model import PriceModel, model_signature, typical_listings
from rental_pricing.model.similar import KnownListings
from rental_pricing.model.training import train_model
from rental_pricing.model.versions import library_versions
from rental_pricing.quality.gate import require_passed, require_validated
from rental_pricing.quality.parameters import QualityParameters
from rental_pricing.quality.profiling import profile_rows
from rental_pricing.reporting import model_figures as figures
from rental_pricing.reporting.figures import Figure
from rental_pricing.reporting.model_card import model_card

logger = logging.getLogger(__name__)


def split_listings(
    listings: Pieces | pd.DataFrame,
    validation_report: dict[str, Any],
    market: MarketParameters,
    parameters: ModelingParameters,
    engine: Engine = ONE_PROCESS,
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Split validated listings for training, validation and test, alike every week.

    A listing's part depends on its id and the seed alone, so no model is ever judged on
    listings that an earlier week has trained on. Each part says in ``attrs`` which data,
    market, seed and shares it comes from. Of more listings than ``max_listings`` a sample is
    split, by id too.

    Args:
        listings: The listings on disk, with unique ids, in pieces.
        validation_report: The report on disk, with the digest of what it judged.
        market: The market of this run.
        parameters: Shares, seed, the fewest listings of a part and the most of all.
        engine: Works on the pieces of the listings.

    Returns:
        Training, validation and test listings.

    Raises:
        UnvalidatedDataError: If the report is about other listings, or another market.
        ValidationFailedError: If a rule is broken.
        TooFewListingsError: If a part has fewer listings than it must.
    """
    pieces = Pieces.of(listings)
    require_validated(pieces, validation_report, market, engine)
    of = split_provenance(
        validation_report["digest"], market.identity, parameters.split, validation_report["rows"]
    )
    parts = split_into_parts(pieces, parameters.split, of, engine)
    if SAMPLE_SHARE in of:
        logger.info(
            "Split is a sample: %.1f %% of %d listings (modeling.split.max_listings)",
            100 * of[SAMPLE_SHARE],
            validation_report["rows"],
        )
    return parts["train"], parts["validation"], parts["test"]


def train_price_model(
    train_listings: pd.DataFrame,
    validation_listings: pd.DataFrame,
    processing_report: dict[str, Any],
    validation_report: dict[str, Any],
    market: MarketParameters,
    processing: ProcessingParameters,
    quality: QualityParameters,
    parameters: ModelingParameters,
) -> tuple[PriceModel, pd.DataFrame]:
    """Train the price model: fit, calibrate, fit again, compare with the median, pack.

    The chosen estimator learns from the training listings, and its intervals are
    calibrated on the validation listings, which it has not seen. If it does not beat the
    median by borough and room type there, it is refused and the earlier model stays.
    What is packed has learnt from both parts, and keeps the calibration.

    Args:
        train_listings: Listings to learn from, with their prices.
        validation_listings: Listings to calibrate on and to judge the candidate by.
        processing_report: Where each raw row went, for the package.
        validation_report: The judgement of the data; it must have passed.
        market: Price range and currency.
        processing: Limits of what is possible, which the model holds estimates to, too.
        quality: Bins of the profile of the training data, for the package.
        parameters: Estimator and its parameters, features, intervals, seed, least gain.

    Returns:
        The inference package; and the estimates for the validation listings, by the model
        before it learnt again.

    Raises:
        MixedDataError: If the parts, the reports and the parameters are not of one data
            set, market and split.
        ValidationFailedError: If a rule is broken.
        EstimatorParameterError: If scikit-learn refuses the value of a parameter.
        CandidateRefusedError: If the candidate gains too little over the median.
    """
    parts = {"train": train_listings, "validation": validation_listings}
    split = split_provenance(
        validation_report["digest"], market.identity, parameters.split, validation_report["rows"]
    )
    made.require_training_data(parts, split, processing_report, validation_report)
    require_passed(validation_report)
    prices = (market.price.min, market.price.max)
    trained = train_model(*parts.values(), price_range=prices, parameters=parameters)
    estimates = trained.calibrated.validation_estimates
    judged = beside_prices(validation_listings, estimates, train_listings)
    require_gain(judged, parameters.min_gain_over_median, market.currency)
    rows = {name: len(part) for name, part in parts.items()}
    learnt_from = pd.concat(parts.values(), ignore_index=True)
    price_model = PriceModel(
        pipeline=trained.pipeline,
        interval=trained.intervals,
        signature=model_signature(),
        price_range=prices,
        provenance=model_origin(
            market, processing, parameters, split, rows, processing_report, validation_report
        ),
        versions={**library_versions(), **learnt_with(trained.pipeline)},
        example=tuple(typical_listings(learnt_from, MODEL_COLUMNS)),
        knowledge=Knowledge.learn(learnt_from, market, processing.impossible),
        known=KnownListings.learn(learnt_from),
        profile=profile_rows(learnt_from, market=market.identity, bins=quality.bins).model_dump(),
    )
    return price_model, made_by(price_model, judged, "validation")


def estimate_test_listings(
    price_model: PriceModel,
    train_listings: pd.DataFrame,
    validation_listings: pd.DataFrame,
    test_listings: pd.DataFrame,
) -> pd.DataFrame:
    """Estimate the test listings with the model that is shipped, beside the baseline.

    Args:
        price_model: The packaged model, as loaded.
        train_listings: For the baseline and for the hosts that the model knows.
        validation_listings: Likewise: the model has learnt from both.
        test_listings: Used for nothing but this and the importance.

    Returns:
        One row a listing: id, borough, room type, place, true price, typical price,
        interval, price of the baseline, and whether the model knows the host; prices in
        currency per night.

    Raises:
        MixedDataError: If the parts are not those that made the model.
    """
    learnt = {"train": train_listings, "validation": validation_listings}
    made.require_split(price_model.provenance[made.SPLIT], **learnt, test=test_listings)
    estimates = price_model.estimate(test_listings)
    beside = beside_prices(test_listings, estimates, pd.concat(learnt.values()))
    return made_by(price_model, beside, "test")


def evaluate_model(
    validation_estimates: pd.DataFrame, test_estimates: pd.DataFrame
) -> tuple[dict[str, Any], pd.DataFrame, Figure, Figure, Figure]:
    """Measure the estimates, overall and by segment, and draw those of the test.

    Args:
        validation_estimates: By the model before it learnt from the validation listings.
        test_estimates: By the model that is shipped.

    Returns:
        ``model`` and ``<part>_<metric>`` (MAE, RMSE, bias, interval width and score in
        currency per night, R², median absolute percentage error, interval coverage, MAE
        of the median by borough and room type, MAE for known and for new hosts); the
        metrics by borough, room type and host; three figures of the test listings:
        predicted against actual prices, a map of the errors, and errors by segment.

    Raises:
        MixedDataError: If the two are not of one model and split.
    """
    parts = {"validation": validation_estimates, "test": test_estimates}
    of = made.require_one_model(parts)
    flat = flat_metrics(parts, of["coverage"])
    logger.info("%s", headline(flat, of["currency"]))
    segments = segment_metrics(parts, of["coverage"])
    segments.insert(0, made.MODEL, of[made.MODEL])
    unit = f"{of['currency']} per night"
    return (
        {made.MODEL: of[made.MODEL], **flat},
        segments,
        figures.predicted_against_actual(test_estimates, unit),
        figures.residual_map(test_estimates, unit),
        figures.segment_errors(segments, unit),
    )


def explain_model(
    price_model: PriceModel, test_listings: pd.DataFrame, parameters: ModelingParameters
) -> tuple[pd.DataFrame, Figure]:
    """Rank what the model looks at by what it loses when that is shuffled.

    Columns that belong together (such as borough, neighbourhood and coordinates) are
    shuffled as one group, several times, among test listings.

    Args:
        price_model: The packaged model, as loaded.
        test_listings: Listings to shuffle.
        parameters: Groups, shuffles, listings and seed.

    Returns:
        ``model``, ``group``, ``columns``, ``mae_increase`` (mean of the shuffles,
        currency per night) and ``std`` (of the shuffles), most important first; and a
        figure of it.

    Raises:
        MixedDataError: If the test listings are of another split than the model.
    """
    made.require_split(price_model.provenance[made.SPLIT], test=test_listings)
    importance = permutation_importance(
        price_model.typical, test_listings, parameters.explain, seed=parameters.seed
    )
    importance.insert(0, made.MODEL, price_model.identity)
    unit = f"{price_model.provenance['currency']} per night"
    return importance, figures.importance_bars(importance, unit)


def write_model_card(
    price_model: PriceModel,
    model_metrics: dict[str, Any],
    metrics_by_segment: pd.DataFrame,
    feature_importance: pd.DataFrame,
) -> str:
    """Write the model card: data, use, training, metrics, limits and questions about bias.

    What it says of data and parameters comes from the model's own package, never from the
    folders or the parameters of this run.

    Args:
        price_model: The packaged model.
        model_metrics: Flat metrics.
        metrics_by_segment: Metrics by borough, room type and host.
        feature_importance: Importance by group of columns.

    Returns:
        The card in Markdown; the same inputs give the same text.

    Raises:
        MixedDataError: If metrics or importance are about another model.
    """
    made.require_same(
        made.JUDGE_AGAIN,
        price_model={made.MODEL: price_model.identity},
        model_metrics={made.MODEL: model_metrics.get(made.MODEL)},
        metrics_by_segment={made.MODEL: made.model_of(metrics_by_segment)},
        feature_importance={made.MODEL: made.model_of(feature_importance)},
    )
    return model_card(price_model, model_metrics, metrics_by_segment, feature_importance)
