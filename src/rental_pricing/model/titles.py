"""What a listing's title tells: its words, spelt alike, its bedrooms, its runs of letters."""

from __future__ import annotations

import functools
import re
from itertools import pairwise
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_WORD = re.compile(r"\d+(?:\.\d+)?|[^\W\d_]+|[$/*!]")
"""A number, letters, or a mark that sellers use."""

BEDROOM = "bedroom"
BED = "bed"
STUDIO = "studio"
MOST_BEDROOMS = 10
"""More are not believed."""

_SPELLINGS: dict[str, str] = (
    dict.fromkeys(("br", "brs", "bd", "bdr", "bdrm", "bdrms", "bedrm", "bedrooms"), BEDROOM)
    | dict.fromkeys(("apt", "apts", "apartments"), "apartment")
    | {
        word: str(number)
        for number, word in enumerate(("one", "two", "three", "four", "five", "six"), start=1)
    }
)
_BEFORE_BEDROOM = frozenset(
    ("full", "large", "big", "private", "spacious", "huge", "cozy", "queen", "king", "double")
)
"""May stand between a number and its bedrooms."""

SHORTEST_RUN, LONGEST_RUN = 2, 5
"""Letters of a run, the blanks at a word's ends included."""

MOST_WORDS = 16_384
"""Whose runs are remembered: 20 MB; 20,000 titles of a city have 11,000 words."""


def title_words(title: str) -> list[str]:
    """Return a title's words in order, so that the same thing is always spelt the same.

    >>> title_words("Sunny 2BR Apt, one of the best")
    ['sunny', '2', 'bedroom', 'apartment', '1', 'of', 'the', 'best']
    """
    return [_SPELLINGS.get(word, word) for word in _WORD.findall(title.lower())]


def count_bedrooms(words: Sequence[str]) -> float:
    """Return the number of bedrooms that a title tells, NaN if none.

    A studio has 0. "2 bed" stands for two bedrooms, as agents write it; "2 beds" and
    "queen bed" do not. More than 10 bedrooms are not believed.

    >>> count_bedrooms(title_words("1.5 bedroom, 3 beds")), count_bedrooms(["studio"])
    (1.5, 0.0)
    """
    for place, word in enumerate(words):
        if not place or word not in {BEDROOM, BED}:
            continue
        described = word == BEDROOM and place > 1 and words[place - 1] in _BEFORE_BEDROOM
        told = _number(words[place - 2 if described else place - 1])
        if told is not None:
            return told
    return 0.0 if STUDIO in words else float("nan")


def _number(word: str) -> float | None:
    if not word[0].isdecimal():
        return None
    number = float(word)
    return number if 0 < number <= MOST_BEDROOMS else None


def words_and_pairs(words: Sequence[str]) -> list[str]:
    """Return the words and each two that stand side by side.

    >>> words_and_pairs(["quiet", "studio"])
    ['quiet', 'studio', 'quiet studio']
    """
    return [*words, *map(" ".join, pairwise(words))]


@functools.lru_cache(maxsize=MOST_WORDS)  # a training asks four times for each
def letter_runs(word: str) -> tuple[str, ...]:
    """Return all runs of two to five letters of a word between blanks.

    >>> letter_runs("bed")
    (' b', 'be', 'ed', 'd ', ' be', 'bed', 'ed ', ' bed', 'bed ', ' bed ')
    """
    padded = f" {word} "
    return tuple(
        [
            padded[start : start + length]
            for length in range(SHORTEST_RUN, LONGEST_RUN + 1)
            for start in range(len(padded) - length + 1)
        ]
    )
