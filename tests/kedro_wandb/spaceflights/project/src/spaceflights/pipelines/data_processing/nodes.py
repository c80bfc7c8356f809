"""Clean the raw tables and join them."""

import pandas as pd


def preprocess_companies(companies: pd.DataFrame) -> pd.DataFrame:
    """Give ratings and flags their types."""
    rating = companies["company_rating"].str.removesuffix("%").astype(float) / 100
    return companies.assign(company_rating=rating, iata_approved=companies["iata_approved"].eq("t"))


def preprocess_shuttles(shuttles: pd.DataFrame) -> pd.DataFrame:
    """Read prices such as ``$1,325.0`` as numbers."""
    return shuttles.assign(
        price=shuttles["price"].str.replace(r"[$,]", "", regex=True).astype(float)
    )


def create_model_input_table(
    shuttles: pd.DataFrame, companies: pd.DataFrame, reviews: pd.DataFrame
) -> pd.DataFrame:
    """Join shuttles with their reviews and companies."""
    rated = shuttles.merge(reviews, left_on="id", right_on="shuttle_id").drop(columns="id")
    return rated.merge(companies, left_on="company_id", right_on="id").dropna()
