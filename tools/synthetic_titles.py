"""Titles and host names for the synthetic drops, composed from words of our own.

Words tell of the size and quality of a home, and thus of its price; some titles have commas,
quotation marks, line breaks, blanks around them, accents or emoji, are long, or are missing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from synthetic_draws import Floats, Integers, Random, normal, pick, words

# From the plainest homes to the best.
ADJECTIVES = (
    ("affordable", "budget", "simple", "basic", "furnished", "cute", "tiny"),
    ("cozy", "clean", "comfy", "small", "convenient", "nice", "good"),
    ("quiet", "sunny", "charming", "cozy", "comfortable", "homey", "warm, quiet"),
    ("bright", "spacious", "sunny", "large", "beautiful", "airy", "big, bright"),
    ("modern", "stylish", "renovated", "beautiful", "huge", "amazing", "perfect"),
    ("luxury", "designer", "gorgeous", "chic", "stunning", "elegant", "luxury"),
    ("",),
)
ADJECTIVE_EDGES = (-1.7, -0.7, 0.2, 1.0, 1.8)
NO_ADJECTIVE = 6
# Homes by their bedrooms (0: a studio), then both kinds of rooms, then what tells less.
KINDS = (
    ("studio", "studio apartment", "studio apt"),
    ("1BR", "1 bedroom apartment", "one bedroom apt", "1 BR flat"),
    ("2BR", "2 bedroom apartment", "two bedroom apt", "2 BR home"),
    ("3BR", "3 bedroom apartment", "three bedroom home", "3 BR / 2 bath"),
    ("4BR house", "4 bedroom home", "family house 4BR", "5 bedroom house"),
    (
        "private bedroom",
        "room",
        "bedroom",
        "guest room",
        "room in 2BR apartment",
        "BR in large home",
    ),
    ("shared bedroom", "bed in shared room", "couch", "bunk bed", "hostel bed"),
    ("apartment", "apt", "home", "flat", "entire apt"),
    ("place", "space", "getaway", "retreat", "oasis", "gem", "nest", "hideaway", "1 bedroom"),
)
ROOMS_FROM, SIZELESS, VAGUE = 5, 7, 8
PLACES = (
    "", "", "", "near subway", "near the park", "steps to the train", "in NYC", "by the river",
    "on a quiet street", "in a historic building", "5 min to subway", "with laundry", "sleeps 4",
    "near shops and cafes", "with free wifi", "pets welcome", "in a prime location",
)  # fmt: skip
BEFORE_AREAS = ("in ", "in ", "in the heart of ", "- ", "| ")
LONG = (
    " - walk to restaurants, bars, galleries and markets, ask us for the list of our favourites,"
    " and stay for a night, a week or the whole summer"
)
# What stands before and after a title, with the share of the titles; None: there is none.
AROUND = (
    ("", "", 0.855), ("", ", NYC", 0.085), ("", "!", 0.025), ("", " ♥", 0.006), ("", " ☀️", 0.003),
    ("", " très chic", 0.003), ("", " & café", 0.003), ('"', '"', 0.003), ("", ' "w/ cat"', 0.001),
    ("", "\nno smoking", 0.003), (" ", "", 0.003), ("", "  ", 0.004), ("", LONG, 0.005),
    ("", None, 0.001),
)  # fmt: skip
NAMES = """
    Michael David John Sarah Alex Maria Daniel Anna Jessica Laura Chris James Andrew Emily Robert
    Kevin Lisa Mark Karen Julia Rachel Eric Nicole Adam Ben Sam Nina Kate Emma Sophia Grace Amy
    Peter Paul Jason Brian Ryan Sean Luis Carlos Juan Miguel Rosa Carmen Ana Elena Irina Olga
    Dmitri Marco Giulia Luca Pierre Claire Chloé Zoë René José Andrés Mónica Søren Jürgen Wei Li
    Ming Yuki Hana Priya Raj Omar Fatima Leila Amir Kofi Malik Keisha Simone Naomi Noah Leo Ruby
""".split()
SHARE_OF_COUPLES = 0.03
SHARE_WITHOUT_NAME = 0.0008


def _in_title_case(text: str) -> str:
    return " ".join(word[:1].upper() + word[1:] for word in text.split(" "))


CASES: tuple[tuple[Callable[[str], str], float], ...] = (
    (str, 0.14),
    (lambda text: text[:1].upper() + text[1:], 0.45),
    (_in_title_case, 0.37),
    (str.upper, 0.04),
)
AS_IT_IS, FIRST_LETTER = 0, 1


def compose_titles(
    rng: Random,
    *,
    kind: Integers,
    quality: Floats,
    area: Integers,
    styled: tuple[Integers, Sequence[str]],
    equipped: tuple[Integers, Sequence[str]],
    areas: Sequence[str],
) -> Any:
    """One title a home, as a pandas array of texts; missing where the host wrote none.

    Args:
        rng: The source of randomness.
        kind: Positions in `KINDS`: what the home is.
        quality: How good it is, on a standard normal scale.
        area: Positions in `areas`.
        styled: Positions in words for the style, the first of which is empty; and the words.
        equipped: The same for the amenities.
        areas: Names of the neighbourhoods.
    """
    rows = len(kind)
    case = pick(rng, [share for _, share in CASES], rows)
    rung = np.searchsorted(ADJECTIVE_EDGES, quality + 0.55 * normal(rng, rows))
    rung = np.where(rng.random(rows) < 0.25, NO_ADJECTIVE, rung)
    inside = np.where(case == FIRST_LETTER, AS_IT_IS, case)
    title = _words_of(rng, case, rung, ADJECTIVES, "{} ")
    title += _words_of(rng, np.where(rung == NO_ADJECTIVE, case, inside), kind, KINDS, "{}")
    for (chosen, vocabulary), told in ((styled, 0.8), (equipped, 0.75)):
        shown = np.where(rng.random(rows) < told, chosen, 0)
        title += _in_case(inside, shown, vocabulary, " {}")
    places = [*PLACES, *(before + name for before in BEFORE_AREAS for name in areas)]
    before = (rng.random(rows) * len(BEFORE_AREAS)).astype(np.int64)
    general = (rng.random(rows) * len(PLACES)).astype(np.int64)
    named = len(PLACES) + before * len(areas) + area
    place = np.where(rng.random(rows) < 0.4, named, general)
    title += _in_case(inside, place, places, " {}")
    around = pick(rng, [share for _, _, share in AROUND], rows)
    opening = words([text for text, _, _ in AROUND])
    closing = words([text for _, text, _ in AROUND])
    return opening.take(around) + title + closing.take(around)


def name_hosts(rng: Random, count: int) -> Any:
    """Given names, some of them of couples, as a pandas array of texts; few are missing."""
    popularity = 1 / (np.arange(len(NAMES)) + 15.0)
    first = pick(rng, popularity, count)
    first[rng.random(count) < SHARE_WITHOUT_NAME] = len(NAMES)
    partner = 1 + pick(rng, popularity, count)
    partner[rng.random(count) >= SHARE_OF_COUPLES] = 0
    partners = words(["", *(f" & {name}" for name in NAMES)])
    return words([*NAMES, None]).take(first) + partners.take(partner)


def _words_of(
    rng: Random, case: Integers, group: Integers, groups: Sequence[Sequence[str]], form: str
) -> Any:
    """A word of each row's group."""
    sizes = np.array([len(each) for each in groups])
    starts = np.cumsum(sizes) - sizes
    chosen = starts[group] + (rng.random(len(group)) * sizes[group]).astype(np.int64)
    return _in_case(case, chosen, [word for each in groups for word in each], form)


def _in_case(case: Integers, chosen: Integers, vocabulary: Sequence[str], form: str) -> Any:
    written = [
        form.format(change(word)) if word else "" for change, _ in CASES for word in vocabulary
    ]
    return words(written).take(case * len(vocabulary) + chosen)
