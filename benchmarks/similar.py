"""How much the scales of the distance between listings matter.

Run from anywhere::

    python benchmarks/similar.py [--model FOLDER] [--rows 8000] [--quick]

For listings that a model knows (one of the real drops, variable LISTINGS_DATA, else of the
committed ones), each left out, the median price of the five most similar ones
is compared with its own, with the scales as they are and with others.

Exit status: 0.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from rental_pricing.model import similar
from shared.drops import real_drops
from shared.projects import COMMITTED, make_trained
from shared.results import MET, options, parse

ROOT = Path(__file__).resolve().parents[1]
NEIGHBOURS, QUICK_ROWS = 5, 500

OTHERS = [
    (0, 0, 0),
    (0.5, 0.25, 0.25),
    (1, 0.5, 0.25),
    (1, 0.5, 0.5),
    (1, 0.5, 1),
    (1, 1, 0.5),
    (2, 0.5, 0.5),
    (2, 1, 0.25),
    (2, 1, 1),
    (2, 2, 0.5),
    (3, 1, 0.75),
    (4, 1, 0.5),
    (4, 2, 1),
]
"""Kilometres for a bedroom, for a title that tells none, for a doubled minimum stay."""


def main(arguments: list[str]) -> int:
    """Measure, print and return the exit status."""
    parser = options(__doc__, pairs=1)
    parser.add_argument("--model", type=Path, help="a price model; default: one of the drops")
    parser.add_argument("--rows", type=int, default=8_000)
    given = parse(parser, arguments)
    with tempfile.TemporaryDirectory() as folder:
        if given.model is None:
            drops = None if given.quick else real_drops()
            project = make_trained(Path(folder) / "project", drops or COMMITTED)
            given.model = project / "data/06_models/price_model"
        known = pd.read_parquet(given.model / "known.parquet")
    most = QUICK_ROWS if given.quick else given.rows
    draw = np.random.default_rng(1).permutation(len(known))[:most]
    rows = known.iloc[np.sort(draw)].reset_index(drop=True)
    ours = (similar.KM_PER_BEDROOM, similar.KM_IF_UNTOLD, similar.KM_PER_DOUBLED_STAY)
    print("bedroom  untold  stay  error of the median of five")
    for scales in [ours, *OTHERS]:
        print("{:7}{:8}{:6}".format(*scales), f"{error(rows, scales):8.2f}", flush=True)
    return MET


def error(rows: pd.DataFrame, scales: tuple[float, float, float]) -> float:
    """Return the mean absolute error, in currency per night."""
    similar.KM_PER_BEDROOM, similar.KM_IF_UNTOLD, similar.KM_PER_DOUBLED_STAY = scales
    content = similar.as_parquet(pa.Table.from_pandas(rows, similar.SCHEMA, preserve_index=False))
    homes = similar.Homes(
        ids=rows["id"].to_numpy(),
        room_types=rows["room_type"].to_numpy(dtype=object),
        place=rows[["latitude", "longitude"]].to_numpy(),
        bedrooms=rows["bedrooms"].to_numpy(),
        minimum_nights=rows["minimum_nights"].to_numpy(),
    )
    found = similar.KnownListings(content).most_similar(homes, NEIGHBOURS)
    told = found.groupby("row")["similar_price"].median()
    return float((told - rows["price"]).abs().mean())


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
