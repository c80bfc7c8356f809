"""Train, calibrate, judge and explain the price model."""

from rental_pricing.pipelines.modeling.pipeline import create_pipeline

__all__ = ["create_pipeline"]
