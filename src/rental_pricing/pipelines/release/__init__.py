"""Decide whether the candidate becomes the model in production."""

from rental_pricing.pipelines.release.pipeline import create_pipeline

__all__ = ["create_pipeline"]
