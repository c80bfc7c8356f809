"""The pipeline ``data_processing``."""

from kedro.pipeline import Node, Pipeline

from rental_pricing.pipelines.data_processing.nodes import (
    report_processing,
    select_listings,
    type_listings,
)


def create_pipeline(**_: object) -> Pipeline:
    """Weekly drops → ``listings``, ``rejected_listings``, ``processing_report``."""
    return Pipeline(
        [
            Node(
                type_listings,
                inputs=["weekly_listings", "params:market", "params:data_processing"],
                outputs="typed_listings",
                name="type_listings",
            ),
            Node(
                select_listings,
                inputs="typed_listings",
                outputs=["listings", "rejected_listings"],
                name="select_listings",
            ),
            Node(
                report_processing,
                inputs=["typed_listings", "listings", "rejected_listings"],
                outputs="processing_report",
                name="report_processing",
            ),
        ],
        namespace="data_processing",
        prefix_datasets_with_namespace=False,
        tags="data_processing",
    )
