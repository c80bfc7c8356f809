"""The pipeline ``data_validation``."""

from kedro.pipeline import Node, Pipeline

from rental_pricing.pipelines.data_validation.nodes import (
    profile_listings,
    stop_if_failed,
    validate_listings,
)


def create_pipeline(**_: object) -> Pipeline:
    """``listings`` → ``listings_profile``, ``validation_report``; stops if a rule is broken."""
    return Pipeline(
        [
            Node(
                profile_listings,
                inputs=["listings", "params:data_validation"],
                outputs="listings_profile",
                name="profile_listings",
            ),
            Node(
                validate_listings,
                inputs=[
                    "listings",
                    "rejected_listings",
                    "processing_report",
                    "listings_profile",
                    "reference_profile",
                    "params:market",
                    "params:data_validation",
                ],
                outputs=["validation_report", "validation_plot"],
                name="validate_listings",
            ),
            Node(
                stop_if_failed,
                inputs="validation_report",
                outputs=None,
                name="stop_if_failed",
            ),
        ],
        namespace="data_validation",
        prefix_datasets_with_namespace=False,
        tags="data_validation",
    )
