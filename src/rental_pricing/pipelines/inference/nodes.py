"""Nodes of ``inference``: what they return is made while it is written, piece by piece."""

from __future__ import annotations

import logging

from rental_pricing.engine.engine import ONE_PROCESS, Engine
from rental_pricing.evaluation.parameters import ModelingParameters
from rental_pricing.inference import pricing
from rental_pricing.inference.incoming import Incoming, empty
from rental_pricing.inference.parameters import InferenceParameters
from rental_pricing.inference.streams import TableStream
from rental_pricing.model.price_model import PriceModel

logger = logging.getLogger(__name__)


def estimate_prices(
    listings_to_price: Incoming, production_model: PriceModel, engine: Engine = ONE_PROCESS
) -> TableStream:
    """Price listings with the model in production; a ``price`` of theirs is not read.

    Args:
        listings_to_price: Listings with unique ids.
        production_model: The model.
        engine: Works on chunks of listings.

    Returns:
        One row a listing, in their order; see :func:`rental_pricing.inference.pricing.priced`.

    Raises:
        IncomingListingsError: While it is written: an id is missing, or there twice.
    """
    return pricing.priced(listings_to_price, production_model, engine)


def find_similar_listings(
    listings_to_price: Incoming,
    production_model: PriceModel,
    parameters: InferenceParameters,
    engine: Engine = ONE_PROCESS,
) -> TableStream:
    """Name for each estimate the most similar listings that the model has learnt from.

    Args:
        listings_to_price: The listings that are priced.
        production_model: The model.
        parameters: How many are wanted.
        engine: Works on chunks of listings.

    Returns:
        See :func:`rental_pricing.inference.pricing.similar`; without rows if none are wanted.
    """
    return pricing.similar(listings_to_price, production_model, parameters.similar, engine)


def explain_prices(
    listings_to_price: Incoming,
    production_model: PriceModel,
    parameters: InferenceParameters,
    modeling: ModelingParameters,
) -> TableStream:
    """Say what each group of columns adds to the price of a typical listing.

    Args:
        listings_to_price: The listings that are priced.
        production_model: The model.
        parameters: For how many listings at most.
        modeling: The groups of columns.

    Returns:
        See :func:`rental_pricing.inference.pricing.explained`; without rows if there are more
        listings than that.
    """
    few = listings_to_price.head(parameters.explain) if parameters.explain else None
    if few is None and parameters.explain:
        logger.info(
            "No price is explained: there are more than %d listings (inference.explain).",
            parameters.explain,
        )
    some = empty() if few is None else few
    return pricing.explained(some, production_model, modeling.explain.groups)
