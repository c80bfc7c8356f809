"""Draw figures."""

import pandas as pd
from matplotlib.figure import Figure


def plot_price_by_capacity(shuttles: pd.DataFrame) -> Figure:
    """Draw the mean price for each number of passengers."""
    means = shuttles.groupby("passenger_capacity")["price"].mean()
    figure = Figure()
    axes = figure.add_subplot(xlabel="passengers", ylabel="mean price")
    axes.bar(means.index, means)
    return figure
