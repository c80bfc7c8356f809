"""Project settings, as Kedro reads them."""

import warnings

from rental_pricing.hooks import ParametersHook, SelectionHook

HOOKS = (ParametersHook(), SelectionHook())

CONFIG_LOADER_ARGS = {
    "base_env": "base",
    "default_run_env": "local",
    # An environment says only what differs from conf/base, at any depth.
    "merge_strategy": {"parameters": "soft"},
}

# Kedro 1.7 calls an API that OmegaConf 2.4 renames; nothing that a user could do about it.
warnings.filterwarnings("ignore", message=r"register_new_resolver\(\) is deprecated")
