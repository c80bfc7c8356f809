"""All typed parameters: what ``conf/`` and ``--params`` may say, by block.

Kedro builds these models from the parameters before anything runs, so that a wrong
value or a mistyped name stops the run at once.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

from rental_pricing.cluster.parameters import EngineParameters
from rental_pricing.evaluation.parameters import ModelingParameters
from rental_pricing.inference.parameters import InferenceParameters
from rental_pricing.listings.parameters import MarketParameters, Parameters, ProcessingParameters
from rental_pricing.monitoring.parameters import MonitoringParameters
from rental_pricing.quality.parameters import QualityParameters
from rental_pricing.release.parameters import ReleaseParameters
from rental_pricing.serving.parameters import ServingParameters
from rental_pricing.tuning.parameters import TuningParameters

if TYPE_CHECKING:
    from collections.abc import Mapping

BLOCKS: Mapping[str, type[Parameters]] = MappingProxyType(
    {
        "market": MarketParameters,
        "data_processing": ProcessingParameters,
        "data_validation": QualityParameters,
        "modeling": ModelingParameters,
        "release": ReleaseParameters,
        "monitoring": MonitoringParameters,
        "inference": InferenceParameters,
        "tuning": TuningParameters,
        "serving": ServingParameters,
        "engine": EngineParameters,
    }
)
"""The blocks of parameters in ``conf/``, with their models."""

RUNTIME_PARAMETERS = (
    "drops",
    "as_of",
    "rebuild",
    "reference",
    "to_price",
    "estimates",
    "experiment",
    "wait_for_lock",
)
"""Places, dates, names and patience that ``--params`` gives, outside of the blocks."""
