"""From weekly drops to clean listings, with every raw row accounted for."""

from rental_pricing.pipelines.data_processing.pipeline import create_pipeline

__all__ = ["create_pipeline"]
