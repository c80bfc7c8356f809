"""Summary figures of short-term rentals in New York City: the only thing here that is real.

Sources: the names of boroughs and neighbourhoods and the places of their centres are
public geography. Shares, prices and quantiles are rounded from the summary statistics
that are published again and again for "New York City Airbnb Open Data" (2019; compiled
by Inside Airbnb). No listing, title or host is taken from that data.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Texts = npt.NDArray[np.object_]

ENTIRE_HOME: Final = "Entire home/apt"
PRIVATE_ROOM: Final = "Private room"
SHARED_ROOM: Final = "Shared room"
ROOM_TYPES: Final = (ENTIRE_HOME, PRIVATE_ROOM, SHARED_ROOM)

LATITUDE_BOUNDS: Final = (40.5, 41.2)
LONGITUDE_BOUNDS: Final = (-74.25, -73.5)

# Price peaks between Union Square and the Village, not at the tip of Manhattan.
CENTRE: Final = (40.735, -73.990)
KM_PER_DEGREE_LATITUDE: Final = 111.2
KM_PER_DEGREE_LONGITUDE: Final = 84.3  # at New York's latitude

BOROUGH_SHARES: Final = {
    "Manhattan": 0.443,
    "Brooklyn": 0.411,
    "Queens": 0.116,
    "Bronx": 0.022,
    "Staten Island": 0.008,
}
"""Share of all listings."""

ROOM_TYPE_SHARES: Final = {
    "Manhattan": (0.61, 0.37, 0.02),
    "Brooklyn": (0.48, 0.50, 0.02),
    "Queens": (0.37, 0.595, 0.035),
    "Bronx": (0.35, 0.59, 0.06),
    "Staten Island": (0.47, 0.505, 0.025),
}
"""Shares of `ROOM_TYPES` within a borough."""

MEDIAN_PRICES: Final = {
    "Manhattan": (190, 90, 68),
    "Brooklyn": (145, 65, 36),
    "Queens": (120, 60, 38),
    "Bronx": (100, 54, 38),
    "Staten Island": (100, 50, 30),
}
"""Median price of `ROOM_TYPES` in a borough [USD per night]."""

SHARE_WITHOUT_REVIEWS: Final = 0.207
SHARE_ABOVE_350_USD: Final = 0.05
SHARE_NEVER_AVAILABLE: Final = 0.36

Quantiles = tuple[tuple[float, float], ...]

REVIEW_COUNTS: Final[Quantiles] = (
    (0, 1), (0.13, 1.5), (0.2, 2), (0.3, 4), (0.4, 6), (0.5, 10), (0.6, 15), (0.7, 25),
    (0.8, 44), (0.9, 85), (0.95, 130), (0.98, 190), (0.99, 235), (0.999, 400), (1, 620),
)  # fmt: skip
"""Quantiles of `number_of_reviews` where there are any."""

REVIEWS_PER_MONTH: Final[Quantiles] = (
    (0, 0.01), (0.05, 0.04), (0.1, 0.07), (0.2, 0.14), (0.3, 0.26), (0.4, 0.43), (0.5, 0.72),
    (0.6, 1.06), (0.7, 1.7), (0.8, 2.5), (0.9, 3.65), (0.95, 4.7), (0.99, 7.2), (1, 18),
)  # fmt: skip
"""Quantiles of `reviews_per_month` where there are any."""

DAYS_SINCE_REVIEW: Final[Quantiles] = (
    (0, 1), (0.1, 7), (0.2, 12), (0.3, 17), (0.4, 29), (0.5, 50), (0.6, 130), (0.7, 275),
    (0.8, 550), (0.9, 1000), (0.95, 1280), (0.99, 1540), (1, 3000),
)  # fmt: skip
"""Quantiles of the age of `last_review` [days]."""

AVAILABLE_DAYS: Final[Quantiles] = (
    (0, 1), (0.1, 14), (0.2, 39), (0.3, 73), (0.4, 108), (0.5, 166), (0.6, 219),
    (0.7, 278), (0.8, 323), (0.9, 352), (0.96, 365), (1, 365),
)  # fmt: skip
"""Quantiles of `availability_365` where it is not 0 [days]."""

MINIMUM_NIGHTS: Final = {
    1: 0.261, 2: 0.239, 3: 0.163, 4: 0.068, 5: 0.063, 6: 0.016, 7: 0.042, 8: 0.003, 10: 0.012,
    12: 0.003, 14: 0.012, 15: 0.006, 20: 0.006, 21: 0.004, 28: 0.006, 29: 0.006, 30: 0.075,
    31: 0.004, 45: 0.002, 60: 0.003, 90: 0.003, 120: 0.001, 180: 0.001, 365: 0.0007, 500: 0.0001,
    999: 0.0001,
}  # fmt: skip
"""Shares of the common values of `minimum_nights` [nights]."""

PORTFOLIO_SIZES: Final = {
    1: 0.865, 2: 0.087, 3: 0.0252, 4: 0.0095, 5: 0.0042, 6: 0.0026, 7: 0.0018, 8: 0.0013,
    10: 0.0012, 13: 0.0006, 18: 0.0002, 28: 0.0003, 40: 0.0003, 60: 0.0002, 100: 0.0001,
    200: 0.00004, 320: 0.00005,
}  # fmt: skip
"""Shares of hosts by the number of their listings; one listing in three has a host with more."""


@dataclass(frozen=True)
class Neighbourhoods:
    """The neighbourhoods as columns, one entry each.

    Attributes:
        borough: Name of the borough (`neighbourhood_group`).
        name: Name of the neighbourhood.
        latitude: Centre [degrees].
        longitude: Centre [degrees].
        share: Share of all listings; sums to 1.
        spread_km: Standard deviation of the listings' places around the centre [km].
        log_level: Price level within the borough, natural log, weighted mean 0.
        room_shares: One row a neighbourhood, one column for each of `ROOM_TYPES`.
    """

    borough: Texts
    name: Texts
    latitude: Floats
    longitude: Floats
    share: Floats
    spread_km: Floats
    log_level: Floats
    room_shares: Floats


def distance_km(latitude: Floats, longitude: Floats) -> Floats:
    """Distance from `CENTRE`, on a plane that is good enough for one city [km]."""
    north = (latitude - CENTRE[0]) * KM_PER_DEGREE_LATITUDE
    east = (longitude - CENTRE[1]) * KM_PER_DEGREE_LONGITUDE
    return np.hypot(north, east)


def neighbourhoods() -> Neighbourhoods:
    """Scale the table below to the boroughs' shares and room types."""
    parts = [_borough(name, table) for name, table in _TABLE.items()]
    return Neighbourhoods(
        *(np.concatenate([getattr(part, field) for part in parts]) for field in _FIELDS)
    )


def _borough(borough: str, table: str) -> Neighbourhoods:
    rows = [line.rsplit(maxsplit=6) for line in table.strip().splitlines()]
    numbers = np.array([[float(cell) for cell in row[1:]] for row in rows])
    latitude, longitude, weight, spread, level, entire = numbers.T
    weight = weight / weight.sum()
    log_level = np.log(level)
    entire_share, _, shared_share = ROOM_TYPE_SHARES[borough]
    entire = entire + entire_share - weight @ entire
    shared = np.full_like(entire, shared_share)
    return Neighbourhoods(
        borough=np.array([borough] * len(rows), dtype=object),
        name=np.array([row[0] for row in rows], dtype=object),
        latitude=latitude,
        longitude=longitude,
        share=weight * BOROUGH_SHARES[borough],
        spread_km=spread,
        log_level=log_level - weight @ log_level,
        room_shares=np.column_stack([entire, 1 - entire - shared, shared]),
    )


_FIELDS: Final = tuple(Neighbourhoods.__dataclass_fields__)

# name; latitude and longitude of the centre [degrees]; listings per 1,000 of the borough;
# spread [km]; price level relative to the borough; share of entire homes
_TABLE: Final = {
    "Manhattan": """
Harlem                    40.817 -73.948  120 0.8 0.80 0.40
Upper West Side           40.788 -73.974   90 0.9 1.00 0.60
Hell's Kitchen            40.762 -73.991   90 0.4 1.15 0.60
East Village              40.727 -73.984   85 0.3 1.05 0.65
Upper East Side           40.773 -73.954   80 0.6 0.95 0.75
Midtown                   40.754 -73.974   70 0.7 1.20 0.70
East Harlem               40.795 -73.942   50 0.6 0.85 0.45
Chelsea                   40.744 -73.998   50 0.4 1.20 0.70
Washington Heights        40.845 -73.939   45 0.7 0.70 0.35
Lower East Side           40.719 -73.988   45 0.3 1.00 0.55
West Village              40.734 -74.004   35 0.3 1.15 0.85
Financial District        40.707 -74.009   35 0.2 1.15 0.75
Murray Hill               40.748 -73.976   20 0.2 1.15 0.80
Kips Bay                  40.742 -73.980   20 0.2 1.00 0.70
Greenwich Village         40.730 -73.999   17 0.3 1.15 0.75
Chinatown                 40.716 -73.993   17 0.2 1.00 0.60
SoHo                      40.725 -74.002   16 0.3 1.15 0.70
Morningside Heights       40.807 -73.962   16 0.4 0.85 0.50
Theater District          40.760 -73.986   15 0.2 1.30 0.55
Gramercy                  40.736 -73.984   14 0.2 1.10 0.70
Nolita                    40.722 -73.995   11 0.2 1.20 0.60
Inwood                    40.865 -73.925   10 0.4 0.70 0.50
Tribeca                   40.718 -74.007    9 0.2 1.35 0.75
Little Italy              40.719 -73.997    5 0.2 1.05 0.70
NoHo                      40.726 -73.993    4 0.2 1.20 0.80
Flatiron District         40.741 -73.988    4 0.2 1.20 0.75
Roosevelt Island          40.763 -73.949    4 0.3 0.85 0.35
Two Bridges               40.712 -73.995    3 0.2 1.00 0.45
Battery Park City         40.710 -74.017    3 0.3 1.15 0.70
Civic Center              40.713 -74.004    2 0.2 1.00 0.65
Stuyvesant Town           40.732 -73.979    2 0.2 1.00 0.50
""",
    "Brooklyn": """
Williamsburg              40.713 -73.953  195 0.7 1.20 0.50
Bedford-Stuyvesant        40.687 -73.942  185 0.9 0.90 0.40
Bushwick                  40.698 -73.921  120 0.7 0.90 0.30
Crown Heights             40.673 -73.949   80 0.8 0.90 0.50
Greenpoint                40.727 -73.952   55 0.5 1.15 0.55
Flatbush                  40.646 -73.961   30 0.6 0.85 0.45
Clinton Hill              40.687 -73.965   30 0.4 1.10 0.60
Prospect-Lefferts Gardens 40.659 -73.957   30 0.4 0.90 0.55
East Flatbush             40.650 -73.943   25 0.9 0.90 0.35
Fort Greene               40.689 -73.974   25 0.3 1.15 0.60
Park Slope                40.674 -73.978   25 0.4 1.20 0.75
Sunset Park               40.651 -74.003   20 0.9 0.85 0.45
Prospect Heights          40.678 -73.968   17 0.3 1.15 0.55
South Slope               40.665 -73.986   14 0.3 1.15 0.65
Carroll Gardens           40.681 -73.996   13 0.3 1.20 0.75
East New York             40.669 -73.886   11 0.7 0.85 0.45
Gowanus                   40.678 -73.990   11 0.5 1.20 0.55
Boerum Hill               40.686 -73.985    9 0.3 1.15 0.70
Kensington                40.643 -73.976    9 0.4 0.85 0.45
Sheepshead Bay            40.597 -73.954    8 0.8 0.90 0.35
Windsor Terrace           40.655 -73.979    8 0.4 1.00 0.65
Canarsie                  40.639 -73.899    7 0.7 0.90 0.50
Cypress Hills             40.682 -73.883    7 0.8 0.85 0.40
Brooklyn Heights          40.694 -73.994    7 0.3 1.15 0.75
Borough Park              40.638 -73.997    7 0.8 0.80 0.30
Bay Ridge                 40.632 -74.026    6 0.5 0.90 0.55
Cobble Hill               40.687 -73.996    5 0.2 1.20 0.70
Midwood                   40.617 -73.959    4 0.6 0.85 0.50
Red Hook                  40.677 -74.010    4 0.3 1.05 0.60
Bensonhurst               40.611 -73.993    4 0.6 0.85 0.40
Downtown Brooklyn         40.695 -73.984    4 0.3 1.25 0.60
Brighton Beach            40.578 -73.961    4 0.3 1.00 0.45
Flatlands                 40.626 -73.932    4 0.6 0.90 0.45
Gravesend                 40.596 -73.975    4 0.7 0.90 0.45
Brownsville               40.663 -73.914    3 0.6 0.90 0.40
Fort Hamilton             40.619 -74.032    3 0.3 0.95 0.50
Vinegar Hill              40.701 -73.984    2 0.2 1.20 0.55
Columbia St               40.685 -74.002    2 0.2 1.05 0.65
DUMBO                     40.703 -73.988    2 0.2 1.30 0.50
Bath Beach                40.604 -74.004    1 0.4 0.90 0.45
""",
    "Queens": """
Astoria                   40.765 -73.920  170 0.6 1.05 0.40
Long Island City          40.753 -73.937  100 0.8 1.20 0.45
Ridgewood                 40.705 -73.906   75 0.5 0.90 0.30
Flushing                  40.756 -73.822   75 1.1 1.00 0.25
Sunnyside                 40.742 -73.920   65 0.4 1.00 0.40
Ditmars Steinway          40.775 -73.911   60 0.5 1.05 0.35
Jamaica                   40.684 -73.785   45 1.3 1.00 0.40
Woodside                  40.745 -73.903   45 0.5 0.90 0.30
Elmhurst                  40.740 -73.878   40 0.5 0.90 0.25
Jackson Heights           40.751 -73.883   35 0.6 1.00 0.30
East Elmhurst             40.763 -73.877   35 0.6 0.95 0.35
Forest Hills              40.720 -73.849   30 0.8 1.05 0.40
Rego Park                 40.727 -73.861   20 0.4 0.95 0.40
Richmond Hill             40.695 -73.828   18 0.6 0.95 0.35
Maspeth                   40.732 -73.899   17 0.8 0.90 0.35
Springfield Gardens       40.665 -73.763   17 0.8 1.00 0.35
Woodhaven                 40.691 -73.856   15 0.5 0.85 0.30
Arverne                   40.591 -73.795   14 0.4 1.25 0.50
St. Albans                40.694 -73.763   14 0.8 0.90 0.35
Ozone Park                40.682 -73.847   13 0.5 0.90 0.50
Briarwood                 40.710 -73.815   12 0.4 1.10 0.35
Corona                    40.741 -73.860   12 0.5 0.85 0.25
Glendale                  40.700 -73.894   12 0.6 0.95 0.45
Rosedale                  40.660 -73.734   11 0.7 1.00 0.25
Queens Village            40.711 -73.741   11 0.8 0.90 0.55
South Ozone Park          40.673 -73.797   10 0.8 0.95 0.35
Rockaway Beach            40.588 -73.814    9 0.3 1.10 0.55
Kew Gardens               40.709 -73.830    6 0.3 1.00 0.30
Fresh Meadows             40.739 -73.789    6 0.6 0.95 0.40
Middle Village            40.716 -73.876    6 0.5 1.00 0.50
Bayside                   40.761 -73.769    6 0.9 1.05 0.35
""",
    "Bronx": """
Kingsbridge               40.880 -73.901   95 0.6 1.05 0.30
Mott Haven                40.811 -73.921   85 0.4 1.00 0.45
Concourse                 40.827 -73.926   80 0.5 1.05 0.40
Fordham                   40.863 -73.893   75 0.5 0.95 0.25
Longwood                  40.822 -73.903   65 0.5 1.05 0.30
Wakefield                 40.894 -73.854   65 0.6 0.95 0.40
Port Morris               40.808 -73.930   60 0.5 1.00 0.30
Parkchester               40.837 -73.861   55 0.6 1.00 0.30
Williamsbridge            40.879 -73.862   50 0.4 1.00 0.45
Allerton                  40.867 -73.860   50 0.5 1.00 0.35
Concourse Village         40.831 -73.920   45 0.3 1.00 0.35
Claremont Village         40.841 -73.910   40 0.3 1.00 0.35
Norwood                   40.875 -73.881   40 0.4 1.05 0.30
Pelham Gardens            40.864 -73.842   40 0.3 0.95 0.45
Mount Hope                40.849 -73.904   30 0.3 0.90 0.40
Clason Point              40.812 -73.854   30 0.4 1.10 0.35
Belmont                   40.855 -73.886   30 0.3 1.00 0.30
Highbridge                40.835 -73.928   30 0.4 0.95 0.30
University Heights        40.858 -73.911   30 0.3 1.00 0.35
""",
    "Staten Island": """
Tompkinsville             40.634 -74.086  215 0.4 1.00 0.40
St. George                40.644 -74.083  205 0.3 1.05 0.50
Arrochar                  40.593 -74.071  130 0.5 1.00 0.45
Concord                   40.602 -74.087  130 0.4 0.85 0.30
Stapleton                 40.633 -74.078  125 0.3 1.00 0.40
Randall Manor             40.630 -74.125  100 0.5 0.95 0.45
West Brighton             40.632 -74.116  100 0.4 1.00 0.45
""",
}
