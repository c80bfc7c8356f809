"""What people have released and rolled back by hand."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Action = Literal["released", "rolled_back"]


def is_withdrawn(model: str, manual_releases: Sequence[Mapping[str, Any]] | None) -> bool:
    """Tell whether a model was rolled back, and not released by a person since.

    Args:
        model: Its identity.
        manual_releases: Entries with ``model`` and ``action``, oldest first; ``None`` if
            nobody has ever released by hand.
    """
    actions = [each["action"] for each in manual_releases or () if each["model"] == model]
    return bool(actions) and actions[-1] == "rolled_back"
