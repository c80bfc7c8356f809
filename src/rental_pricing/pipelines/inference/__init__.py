"""From listings to prices, with what stands behind each."""

from rental_pricing.pipelines.inference.pipeline import create_pipeline

__all__ = ["create_pipeline"]
