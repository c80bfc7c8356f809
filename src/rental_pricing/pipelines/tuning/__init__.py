"""Search for parameters that estimate better, or as well and simpler."""

from rental_pricing.pipelines.tuning.pipeline import create_pipeline

__all__ = ["create_pipeline"]
