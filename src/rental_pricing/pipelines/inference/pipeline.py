"""The pipeline ``inference``."""

from kedro.pipeline import Node, Pipeline

from rental_pricing.pipelines.inference.nodes import (
    estimate_prices,
    explain_prices,
    find_similar_listings,
)


def create_pipeline(**_: object) -> Pipeline:
    """``listings_to_price``, ``production_model`` → ``price_estimates`` and what they stand on."""
    return Pipeline(
        [
            Node(
                estimate_prices,
                inputs=["listings_to_price", "production_model", "engine"],
                outputs="price_estimates",
                name="estimate_prices",
            ),
            Node(
                find_similar_listings,
                inputs=["listings_to_price", "production_model", "params:inference", "engine"],
                outputs="similar_listings",
                name="find_similar_listings",
            ),
            Node(
                explain_prices,
                inputs=[
                    "listings_to_price",
                    "production_model",
                    "params:inference",
                    "params:modeling",
                ],
                outputs="price_explanations",
                name="explain_prices",
            ),
        ],
        namespace="inference",
        prefix_datasets_with_namespace=False,
        tags="inference",
    )
