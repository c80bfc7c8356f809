"""Third step: keep a part of the cleaned listings for the last judgement."""

from __future__ import annotations

import sys

import pandas as pd
from sklearn.model_selection import train_test_split

SHARE, SEED = 0.2, 42
STRATA = "neighbourhood_group"


def split(listings: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rest and a fifth, both with the same shares of boroughs."""
    rest, fifth = train_test_split(
        listings, test_size=SHARE, random_state=SEED, stratify=listings[STRATA]
    )
    return rest, fifth


if __name__ == "__main__":
    cleaned, training, test = sys.argv[1:]
    for part, file in zip(split(pd.read_csv(cleaned)), (training, test), strict=True):
        part.to_csv(file, index=False)
