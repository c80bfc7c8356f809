"""The pipeline ``data_validation``."""

from kedro.pipeline import Node, Pipeline

from rental_pricing.pipelines.data_validation.nodes import (
    profile_deliveries,
    profile_listings,
    stop_if_failed,
    validate,
)


def create_pipeline(**_: object) -> Pipeline:
    """``typed_drops``, ``listings`` → ``validation_report``; stops if a rule is broken."""
    return Pipeline(
        [
            Node(
                profile_deliveries,
                inputs=["typed_drops", "params:market", "params:data_validation", "engine"],
                outputs="delivery_profiles",
                name="profile_deliveries",
            ),
            Node(
                profile_listings,
                inputs=["listings", "params:market", "params:data_validation", "engine"],
                outputs="listings_profile",
                name="profile_listings",
            ),
            Node(
                validate,
                inputs=[
                    "listings",
                    "processing_report",
                    "listings_profile",
                    "delivery_profiles",
                    "reference_profile",
                    "params:market",
                    "params:data_validation",
                    "engine",
                ],
                outputs=["validation_report", "validation_plot"],
                name="validate",
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
