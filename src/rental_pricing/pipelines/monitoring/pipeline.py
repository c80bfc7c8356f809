"""The pipeline ``monitoring``."""

from kedro.pipeline import Node, Pipeline

from rental_pricing.pipelines.monitoring.nodes import (
    decide_on_retraining,
    monitor_production_model,
    record_week,
)


def create_pipeline(**_: object) -> Pipeline:
    """The newest delivery and ``production_model`` → ``retraining_decision``, the history."""
    return Pipeline(
        [
            Node(
                monitor_production_model,
                inputs=[
                    "listings",
                    "typed_drops",
                    "delivery_profiles",
                    "processing_report",
                    "validation_report",
                    "production_model",
                    "earlier_monitoring",
                    "params:market",
                    "params:data_validation",
                    "params:monitoring",
                    "engine",
                ],
                outputs="drift_report",
                name="monitor_production_model",
            ),
            Node(
                decide_on_retraining,
                inputs="drift_report",
                outputs=["retraining_decision", "monitoring_alerts"],
                name="decide_on_retraining",
            ),
            Node(
                record_week,
                inputs=["drift_report", "retraining_decision", "earlier_monitoring"],
                outputs=[
                    "monitoring_history",
                    "drift_plot",
                    "monitoring_history_plot",
                    "monitoring_note",
                ],
                name="record_week",
            ),
        ],
        namespace="monitoring",
        prefix_datasets_with_namespace=False,
        tags="monitoring",
    )
