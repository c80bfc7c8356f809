"""The pipeline ``modeling``."""

from kedro.pipeline import Node, Pipeline

from rental_pricing.pipelines.modeling.nodes import (
    estimate_test_listings,
    evaluate_model,
    explain_model,
    split_listings,
    train_price_model,
    write_model_card,
)


def create_pipeline(**_: object) -> Pipeline:
    """Validated ``listings`` → ``price_model``, its metrics, figures and card."""
    return Pipeline(
        [
            Node(
                split_listings,
                inputs=[
                    "listings",
                    "validation_report",
                    "params:market",
                    "params:modeling",
                    "engine",
                ],
                outputs=["train_listings", "validation_listings", "test_listings"],
                name="split_listings",
            ),
            Node(
                train_price_model,
                inputs=[
                    "train_listings",
                    "validation_listings",
                    "processing_report",
                    "validation_report",
                    "params:market",
                    "params:data_processing",
                    "params:data_validation",
                    "params:modeling",
                ],
                outputs=["price_model", "validation_estimates"],
                name="train_price_model",
            ),
            Node(
                estimate_test_listings,
                inputs=["price_model", "train_listings", "validation_listings", "test_listings"],
                outputs="test_estimates",
                name="estimate_test_listings",
            ),
            Node(
                evaluate_model,
                inputs=["validation_estimates", "test_estimates"],
                outputs=[
                    "model_metrics",
                    "metrics_by_segment",
                    "predicted_against_actual_plot",
                    "residual_map_plot",
                    "segments_plot",
                ],
                name="evaluate_model",
            ),
            Node(
                explain_model,
                inputs=["price_model", "test_listings", "params:modeling"],
                outputs=["feature_importance", "feature_importance_plot"],
                name="explain_model",
            ),
            Node(
                write_model_card,
                inputs=[
                    "price_model",
                    "model_metrics",
                    "metrics_by_segment",
                    "feature_importance",
                ],
                outputs="model_card",
                name="write_model_card",
            ),
        ],
        namespace="modeling",
        prefix_datasets_with_namespace=False,
        tags="modeling",
    )
