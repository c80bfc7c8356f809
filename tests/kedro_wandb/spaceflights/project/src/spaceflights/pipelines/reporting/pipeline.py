"""From the cleaned tables to figures."""

from kedro.pipeline import Node, Pipeline

from .nodes import plot_price_by_capacity


def create_pipeline(**_: object) -> Pipeline:
    """Return the pipeline."""
    return Pipeline(
        [
            Node(
                plot_price_by_capacity,
                inputs="preprocessed_shuttles",
                outputs="price_by_capacity_plot",
                name="plot_price_by_capacity_node",
            ),
        ]
    )
