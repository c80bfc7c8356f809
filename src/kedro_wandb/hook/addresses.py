"""What tells two web addresses apart without telling what is in them."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from pathlib import Path

from kedro_wandb.protocol.plan import WEB, DatasetPlan

KEY = "addresses.key"
"""File in the local store: without it nobody can try out what a digest stands for."""


def with_digests(plans: Mapping[str, DatasetPlan], folder: Path) -> dict[str, DatasetPlan]:
    """Give datasets on the web a digest of their whole addresses, secrets in them included.

    Servers that tell neither an ETag nor a date leave nothing else to go by.

    Args:
        plans: By dataset.
        folder: Of the local store, which has the key.

    Raises:
        OSError: There is no key and none can be made.
    """
    on_the_web = [name for name, plan in plans.items() if plan.where.startswith(WEB)]
    if not on_the_web:
        return dict(plans)
    key = _key(folder)
    digests = {
        name: hmac.new(key, plans[name].where.encode(), hashlib.sha256).hexdigest()[:32]
        for name in on_the_web
    }
    told = {name: plans[name].model_copy(update={"address": digests[name]}) for name in digests}
    return {**plans, **told}


def _key(folder: Path) -> bytes:
    file = folder / KEY
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        fresh = folder / f".{secrets.token_hex(8)}.key"
        fresh.touch(mode=0o600)
        fresh.write_bytes(secrets.token_bytes(32))
        try:
            file.hardlink_to(fresh)  # whole, and never over another run's
        except FileExistsError:
            return file.read_bytes()
        finally:
            fresh.unlink()
    return file.read_bytes()
