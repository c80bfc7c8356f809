"""Project settings, as Kedro reads them."""

import importlib.util
import sys
import warnings

from rental_pricing.hooks import EngineHook, ParametersHook, SelectionHook, TrialHook
from rental_pricing.market_folders import MarketConfigLoader
from rental_pricing.promotion import PromotionHook
from rental_pricing.run_inputs import RunInputsHook
from rental_pricing.run_lock import RunLockHook

# Kedro calls the last one first: what a run reads is checked while nobody else can write it.
# Before that comes what needs no data: names, versions and parameters.
# After a run, of those that want to be last, the last one is called last: the lock is given back
# when all else is done.
HOOKS = (
    PromotionHook(),
    RunInputsHook(),
    RunLockHook(),
    ParametersHook(),
    SelectionHook(),
    TrialHook(),
    EngineHook(),
)

CONFIG_LOADER_CLASS = MarketConfigLoader
CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    # An environment says only what differs from conf/base, at any depth.
    "merge_strategy": {"parameters": "soft"},
}

# Kedro 1.7 calls an API that OmegaConf 2.4 renames; nothing that a user could do about it.
warnings.filterwarnings("ignore", message=r"register_new_resolver\(\) is deprecated")

# Kedro 1.7 tries to import ibis for each parameter: to look hundreds of times for what is not there
# would take a run a quarter of a second.
if importlib.util.find_spec("ibis") is None:
    sys.modules["ibis"] = None  # type: ignore[assignment]
