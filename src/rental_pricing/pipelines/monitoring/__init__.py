"""Watch the model in production: is it still right for what is delivered?"""

from rental_pricing.pipelines.monitoring.pipeline import create_pipeline

__all__ = ["create_pipeline"]
