"""Texts with a number each."""

from __future__ import annotations

import pickle

from rental_pricing.model.vocabulary import Vocabulary


def test_texts_are_numbered_in_order() -> None:
    """The first has number 0; what is not there has none."""
    vocabulary = Vocabulary(["loft", "attic"])

    assert [vocabulary.number(text) for text in ("loft", "attic", "tent")] == [0, 1, None]


def test_texts_below_the_least_count_are_left_out() -> None:
    """A text counted exactly so often is kept."""
    counts = {"once": 1, "twice": 2, "thrice": 3}

    assert list(Vocabulary.commonest(counts, least=2, most=9)) == ["thrice", "twice"]


def test_the_commonest_texts_are_kept() -> None:
    """Of equally common ones, the first of the alphabet."""
    counts = {"c": 2, "b": 2, "a": 1, "d": 3}

    assert list(Vocabulary.commonest(counts, least=1, most=2)) == ["b", "d"]


def test_it_survives_as_an_array() -> None:
    """The stored state is one array, from which the same numbers come."""
    vocabulary = Vocabulary(["loft", "attic", "Ünder"])

    copy = pickle.loads(pickle.dumps(vocabulary))  # noqa: S301 - made one line above

    assert vocabulary.__getstate__()["texts"].tolist() == ["loft", "attic", "Ünder"]
    assert [copy.number(text) for text in vocabulary] == [0, 1, 2]


def test_it_may_be_empty() -> None:
    """Where nothing is common enough there is no text, and that survives too."""
    empty = pickle.loads(pickle.dumps(Vocabulary([])))  # noqa: S301 - made one line above

    assert len(empty) == 0
