"""Titles composed from a vocabulary of our own, with words that hint at the price."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from rental_pricing.synthetic.homes import AMENITIES, STYLES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from rental_pricing.synthetic.city import Neighbourhoods
    from rental_pricing.synthetic.draws import Draws, Flags, Integers, Texts
    from rental_pricing.synthetic.homes import Homes

SHARE_MISSING: Final = 0.001

# From the plainest places to the best: a title's adjective follows the quality, loosely.
ADJECTIVES: Final = (
    ("affordable", "budget", "simple", "basic", "furnished", "cute", "cozy", "tiny"),
    ("cozy", "clean", "comfy", "small", "convenient", "nice", "cozy", "good", "cute"),
    ("quiet", "sunny", "charming", "cozy", "comfortable", "private", "great", "warm", "homey"),
    ("bright", "spacious", "sunny", "spacious", "large", "beautiful", "airy", "big", "lovely"),
    ("modern", "spacious", "stylish", "renovated", "beautiful", "huge", "amazing", "perfect"),
    ("luxury", "designer", "gorgeous", "luxury", "chic", "luxury", "stunning", "elegant"),
)
ADJECTIVE_EDGES: Final = (-1.7, -0.7, 0.2, 1.0, 1.8)

SIZED: Final = {
    0: ("studio", "studio apartment", "studio apt", "Studio"),
    1: ("1BR", "1 bedroom apartment", "one bedroom apt", "1 BR apt", "1-bedroom flat"),
    2: ("2BR", "2 bedroom apartment", "two bedroom apt", "2 BR home", "2-bed apartment"),
    3: ("3BR", "3 bedroom apartment", "three bedroom home", "3 BR / 2 bath"),
    4: ("4BR house", "4 bedroom home", "family house 4BR", "5 bedroom house"),
}
HOMES: Final = ("apartment", "apt", "home", "flat", "place", "pad", "apartment", "entire apt")
ROOMS: Final = (
    ("private room", "room", "bedroom", "private bedroom", "guest room", "Private Room",
     "room in 2BR apartment", "room in 3 bedroom apt", "room in shared apt", "BR in large home"),
    ("shared room", "bed in shared room", "couch", "bunk bed", "shared space", "hostel bed"),
)  # fmt: skip
# Many titles do not say whether the guest gets the home or a room in it.
VAGUE: Final = (
    "place", "space", "home", "getaway", "retreat", "oasis", "gem", "nest", "hideaway", "stay",
    "apartment", "apt", "spot", "house", "corner", "bedroom", "1 bedroom", "suite",
)  # fmt: skip
AMENITY_PHRASES: Final = {
    "private bath": ("w/ private bath", "+ private bathroom", "with own bathroom"),
    "terrace": ("with terrace", "w/ private terrace"),
    "garden": ("with garden", "w/ backyard", "and garden"),
    "balcony": ("with balcony", "w/ balcony"),
    "rooftop": ("with rooftop", "w/ roof deck"),
    "view": ("with a view", "w/ skyline views", "with city view"),
    "doorman": ("in doorman building", "w/ doorman"),
    "gym": ("w/ gym", "with gym & laundry"),
}
PLACES: Final = (
    "", "", "", "", "near subway", "near the park", "close to the train", "by the park",
    "in the heart of NYC", "steps to subway", "in NYC", "near everything", "in a great location",
    "on a quiet street", "in a historic building", "5 min to subway", "2 blocks to the train",
    "near the museum", "by the river", "near shops and cafes", "with laundry", "sleeps 4",
    "with free wifi", "pets welcome", "near the university", "in a prime location",
)  # fmt: skip
PLACES_OUTSIDE_MANHATTAN: Final = (
    "15 min to Manhattan", "20 minutes to Midtown", "near JFK", "close to Manhattan",
    "25 mins from the city", "near LGA",
)  # fmt: skip
FLOURISHES: Final = ("!", "!!", " ♥", " ☀️", " ★", " ✨", " très chic", " & café")


def compose_titles(draws: Draws, homes: Homes, areas: Neighbourhoods) -> Texts:
    """One title a home, None where the host left it empty."""
    rows = len(homes.room)
    parts = (
        _adjectives(draws, homes),
        _kinds(draws, homes),
        _amenities(draws, homes),
        _places(draws, homes, areas),
    )
    titles = _array(" ".join(filter(None, words)) for words in zip(*parts, strict=True))
    _write_like_hosts(draws, titles)
    _plant_odd_characters(draws, titles)
    titles[draws.chance(SHARE_MISSING, rows)] = None
    return titles


def _adjectives(draws: Draws, homes: Homes) -> Texts:
    rows = len(homes.room)
    rung = np.searchsorted(ADJECTIVE_EDGES, homes.quality + 0.55 * draws.normal(rows))
    words = _by_class(draws, rung, ADJECTIVES)
    others = _by_class(draws, rung, ADJECTIVES)
    second = draws.chance(0.12, rows) & (words != others)
    words[second] += _pick(draws, (" and ", ", ", " & "), second) + others[second]
    words[draws.chance(0.25, rows)] = ""
    return words


def _kinds(draws: Draws, homes: Homes) -> Texts:
    rows = len(homes.room)
    kinds = draws.text(HOMES, rows)
    tells_size = draws.chance(0.62, rows)
    for bedrooms, words in SIZED.items():
        chosen = (homes.bedrooms == bedrooms) & tells_size
        kinds[chosen] = _pick(draws, words, chosen)
    for room, words in enumerate(ROOMS, start=1):
        chosen = homes.room == room
        kinds[chosen] = _pick(draws, words, chosen)
    vague = draws.chance(0.36, rows) & (homes.bedrooms != 0)
    kinds[vague] = _pick(draws, VAGUE, vague)
    styled = (homes.style > 0) & draws.chance(0.8, rows)
    style = np.array([name for name, _, _ in STYLES], dtype=object)[homes.style]
    in_style = np.where(homes.room == 0, kinds + " " + style, kinds + " in " + style)
    kinds[styled] = in_style[styled]
    return kinds


def _amenities(draws: Draws, homes: Homes) -> Texts:
    phrases = [AMENITY_PHRASES.get(name, ("",)) for name, _, _ in AMENITIES]
    words = _by_class(draws, homes.amenity, phrases)
    words[draws.chance(0.2, len(words))] = ""
    return words


def _places(draws: Draws, homes: Homes, areas: Neighbourhoods) -> Texts:
    rows = len(homes.area)
    words = draws.text(PLACES, rows)
    outside = (areas.borough[homes.area] != "Manhattan") & draws.chance(0.12, rows)
    words[outside] = _pick(draws, PLACES_OUTSIDE_MANHATTAN, outside)
    named = draws.chance(0.4, rows)
    words[named] = _pick(draws, ("in ", "in ", "in ", "in the heart of ", "- ", "| "), named)
    words[named] += areas.name[homes.area[named]]
    borough = draws.chance(0.1, rows) & ~named
    words[borough] = "in " + areas.borough[homes.area[borough]]
    return words


def _write_like_hosts(draws: Draws, titles: Texts) -> None:
    habit = draws.uniform(len(titles))
    for low, high, write in (
        (0.0, 0.45, _capitalised),
        (0.45, 0.82, _in_title_case),
        (0.82, 0.86, str.upper),
    ):
        chosen = (habit >= low) & (habit < high)
        titles[chosen] = _array(write(title) for title in titles[chosen])


def _plant_odd_characters(draws: Draws, titles: Texts) -> None:
    rows = len(titles)
    flourish = draws.chance(0.03, rows)
    titles[flourish] += _pick(draws, FLOURISHES, flourish)
    for share, spoil in (
        (0.003, lambda title: title.replace(" ", "\n", 1)),
        (0.003, lambda title: f'"{title}"'),
        (0.003, lambda title: f" {title}"),
        (0.004, lambda title: f"{title}  "),
        (0.08, lambda title: f"{title}, NYC"),
    ):
        chosen = draws.chance(share, rows)
        titles[chosen] = _array(spoil(title) for title in titles[chosen])


def _capitalised(title: str) -> str:
    return title[:1].upper() + title[1:]


def _in_title_case(title: str) -> str:
    return " ".join(_capitalised(word) for word in title.split(" "))


def _by_class(draws: Draws, classes: Integers, vocabularies: Sequence[Sequence[str]]) -> Texts:
    words = np.full(len(classes), "", dtype=object)
    for number, vocabulary in enumerate(vocabularies):
        chosen = classes == number
        words[chosen] = _pick(draws, vocabulary, chosen)
    return words


def _pick(draws: Draws, vocabulary: Sequence[str], chosen: Flags) -> Texts:
    return draws.text(vocabulary, int(chosen.sum()))


def _array(texts: Iterable[str]) -> Texts:
    listed = list(texts)
    array = np.empty(len(listed), dtype=object)
    array[:] = listed
    return array
