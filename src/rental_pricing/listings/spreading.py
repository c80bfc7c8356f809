"""Parts of listings that never change: an id is hashed to a place between 0 and 1."""

from __future__ import annotations

from hashlib import blake2b


def spread(listing_id: int, key: str) -> float:
    """Hash an id to [0, 1), evenly, with 53 bits: all that a float keeps.

    Args:
        listing_id: Of a listing.
        key: Of the purpose, such as a seed: another key gives another place, independent of it.
    """
    digest = blake2b(str(listing_id).encode(), key=key.encode(), digest_size=8).digest()
    return (int.from_bytes(digest) >> 11) / 2**53
