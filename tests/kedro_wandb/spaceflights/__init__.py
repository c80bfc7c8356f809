"""A Kedro project as its users make them, in the shape of the well-known tutorial.

The folder ``project`` is copied as it is; the raw tables are generated: no real companies.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pandas as pd
from project import KedroProject

TEMPLATE = Path(__file__).parent / "project"

PIPELINES = ("data_processing", "data_science", "reporting")


def make_spaceflights(path: Path, shuttles: int = 200) -> KedroProject:
    """Build the project in a folder, which is made; it has no ``wandb.yml``.

    Args:
        path: The project's folder.
        shuttles: Number of shuttles; as many reviews, and a tenth of the companies.

    Returns:
        The project.
    """
    shutil.copytree(TEMPLATE, path, ignore=shutil.ignore_patterns("__pycache__"))
    (path / "conf/local").mkdir()
    (path / ".telemetry").write_text("consent: false\n", encoding="utf-8")
    raw = path / "data/01_raw"
    raw.mkdir(parents=True)
    companies, reviews, flying = _tables(shuttles)
    companies.to_csv(raw / "companies.csv", index=False)
    reviews.to_csv(raw / "reviews.csv", index=False)
    flying.to_parquet(raw / "shuttles.parquet", index=False)
    return KedroProject(path.resolve(), "spaceflights")


def _tables(shuttles: int) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    chance = np.random.default_rng(7)
    firms = max(shuttles // 10, 1)
    companies = pd.DataFrame(
        {
            "id": np.arange(firms),
            "company_rating": [f"{rating}%" for rating in chance.integers(50, 101, firms)],
            "company_location": chance.choice(["Moon", "Mars", "Europa"], firms),
            "iata_approved": chance.choice(["t", "f"], firms),
        }
    )
    reviews = pd.DataFrame(
        {
            "shuttle_id": np.arange(shuttles),
            "review_scores_rating": chance.integers(60, 101, shuttles),
            "number_of_reviews": chance.integers(1, 50, shuttles),
        }
    )
    capacity = chance.integers(1, 12, shuttles)
    prices = 1000 + 250 * capacity + chance.normal(0, 40, shuttles).round()
    flying = pd.DataFrame(
        {
            "id": np.arange(shuttles),
            "company_id": chance.integers(0, firms, shuttles),
            "engines": chance.integers(1, 5, shuttles),
            "passenger_capacity": capacity,
            "crew": np.ceil(capacity / 3).astype(int),
            "price": [f"${price:,.1f}" for price in prices],
        }
    )
    return companies, reviews, flying
