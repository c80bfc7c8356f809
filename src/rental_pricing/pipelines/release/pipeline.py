"""The pipeline ``release``."""

from kedro.pipeline import Node, Pipeline

from rental_pricing.pipelines.release.nodes import decide_release, write_release_note


def create_pipeline(**_: object) -> Pipeline:
    """``price_model`` and the champion → ``release_decision``, and the alias that is moved."""
    return Pipeline(
        [
            Node(
                decide_release,
                inputs=[
                    "price_model",
                    "champion",
                    "production_version",
                    "test_listings",
                    "test_estimates",
                    "listings",
                    "validation_report",
                    "earlier_manual_releases",
                    "earlier_release_decision",
                    "tracking",
                    "params:market",
                    "params:release",
                    "engine",
                ],
                outputs=["release_decision", "released_model"],
                name="decide_release",
            ),
            Node(
                write_release_note,
                inputs="release_decision",
                outputs="release_note",
                name="write_release_note",
            ),
        ],
        namespace="release",
        prefix_datasets_with_namespace=False,
        tags="release",
    )
