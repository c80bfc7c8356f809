"""Judge the listings by fixed rules and against a reference."""

from rental_pricing.pipelines.data_validation.pipeline import create_pipeline

__all__ = ["create_pipeline"]
