"""The pipeline ``data_processing``."""

from kedro.pipeline import Node, Pipeline

from rental_pricing.pipelines.data_processing.nodes import select_listings, type_drops


def create_pipeline(**_: object) -> Pipeline:
    """Weekly drops → ``listings``, ``rejected_listings``, ``processing_report``."""
    return Pipeline(
        [
            Node(
                type_drops,
                inputs=[
                    "weekly_listings",
                    "listings_source",
                    "params:as_of",
                    "params:market",
                    "params:data_processing",
                    "engine",
                ],
                outputs=["typed_drops", "drop_window"],
                name="type_drops",
            ),
            Node(
                select_listings,
                inputs=["typed_drops", "drop_window", "engine"],
                outputs=["listings", "rejected_listings", "processing_report"],
                name="select_listings",
            ),
        ],
        namespace="data_processing",
        prefix_datasets_with_namespace=False,
        tags="data_processing",
    )
