"""Listings: from the bytes of a weekly drop to one judged, typed row for each home."""
