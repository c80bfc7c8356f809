"""Synthetic weekly drops: invented listings that follow New York City's published figures.

Nothing in them is a real listing; they exist so that a fresh clone has data to run on.
"""

from rental_pricing.synthetic.drops import read_drop, write_drop, write_source_note
from rental_pricing.synthetic.generator import generate_listings, listing_blocks
from rental_pricing.synthetic.update import update_listings

__all__ = [
    "generate_listings",
    "listing_blocks",
    "read_drop",
    "update_listings",
    "write_drop",
    "write_source_note",
]
