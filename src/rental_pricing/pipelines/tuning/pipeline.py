"""The pipeline ``tuning``."""

from kedro.pipeline import Node, Pipeline

from rental_pricing.pipelines.tuning.nodes import draw_trials, search_parameters


def create_pipeline(**_: object) -> Pipeline:
    """``train_listings`` → ``trials`` and ``tuning_result``, with a figure of them."""
    return Pipeline(
        [
            Node(
                search_parameters,
                inputs=[
                    "train_listings",
                    "processing_report",
                    "validation_report",
                    "tuning_study",
                    "params:market",
                    "params:modeling",
                    "params:tuning",
                    "engine",
                ],
                outputs=["trials", "tuning_result"],
                name="search_parameters",
            ),
            Node(
                draw_trials,
                inputs=["trials", "tuning_result"],
                outputs="tuning_plot",
                name="draw_trials",
            ),
        ],
        namespace="tuning",
        prefix_datasets_with_namespace=False,
        tags="tuning",
    )
