"""What people have done, and what was in production before."""

from __future__ import annotations

from typing import Any

import pytest

from rental_pricing.release.manual_releases import Move, Stored, answer, before, withdrawal

OLD, NEW = Stored("a" * 16, "v0", "0" * 32), Stored("b" * 16, "v1", "1" * 32)
OTHER = Stored("c" * 16, "v2", "2" * 32)


def stored(version: Stored | None) -> dict[str, Any] | None:
    """As in a decision."""
    return version and {"model": version.model, "version": version.version,
                        "digest": version.digest, "estimator": "linear"}  # fmt: skip


def decision(candidate: Stored, champion: Stored | None, outcome: str = "released") -> Any:
    """A decision by rule."""
    return {"outcome": outcome, "candidate": stored(candidate), "champion": stored(champion)}


def test_a_release_tells_what_it_was_instead_of() -> None:
    """By hand as by rule."""
    entry = Move("released", NEW, OLD, "better").entry("2024-01-15T06:00:00Z")
    assert entry == {
        "at": "2024-01-15T06:00:00Z",
        "action": "released",
        "model": NEW.model,
        "version": "v1",
        "digest": NEW.digest,
        "learning": None,
        "instead_of": {"model": OLD.model, "version": "v0", "digest": OLD.digest, "learning": None},
        "reason": "better",
    }
    assert Move("released", NEW, None, "first").entry("now")["instead_of"] is None


def test_a_rollback_is_about_the_model_that_was_taken_back() -> None:
    """And names the one that is in production again."""
    entry = Move("rolled_back", OLD, NEW, "worse").entry("now")
    assert (entry["model"], entry["instead_of"]["model"]) == (NEW.model, OLD.model)


@pytest.mark.parametrize(
    ("actions", "withdrawn"),
    [
        ((), False),
        (("released",), False),
        (("rolled_back",), True),
        (("released", "rolled_back"), True),
        (("rolled_back", "released"), False),
        (("declined",), True),
        (("declined", "released"), False),
    ],
)
def test_the_last_word_counts(actions: tuple[str, ...], *, withdrawn: bool) -> None:
    """What was rolled back or declined is withdrawn until a person releases it."""
    entries = [{"model": NEW.model, "action": action} for action in actions]
    others = [{"model": OTHER.model, "action": "rolled_back"}]
    others += [{"model": OLD.model, "action": "released"}]
    found = withdrawal(NEW.model, None, [*entries, *others])
    assert found == (actions[-1] if withdrawn else None)
    assert withdrawal(NEW.model, None, None) is None


def test_a_declined_model_stays_out() -> None:
    """It is named, beside what is in production all the same."""
    entry = Move("declined", NEW, OLD, "not yet").entry("now")
    assert (entry["action"], entry["model"]) == ("declined", NEW.model)
    assert entry["instead_of"]["model"] == OLD.model
    assert before(NEW.model, [entry], []) is None


RELEASED = Move("released", NEW, OLD, "good").entry("2024-01-16")
DECLINED = Move("declined", NEW, OLD, "not yet").entry("2024-01-16")
ROLLED_BACK = Move("rolled_back", OLD, NEW, "too high").entry("2024-01-17")
OF_ANOTHER = Move("declined", OTHER, OLD, "no").entry("2024-01-18")


@pytest.mark.parametrize(
    ("entries", "production", "found"),
    [
        (None, OLD, None),
        ([OF_ANOTHER], OLD, None),
        ([DECLINED, OF_ANOTHER], OLD, DECLINED),
        ([RELEASED], NEW, RELEASED),
        ([RELEASED], OLD, None),  # the alias was not moved, or moved on
        ([RELEASED, ROLLED_BACK], OLD, ROLLED_BACK),
        ([DECLINED, RELEASED], NEW, RELEASED),
    ],
)
def test_a_person_answers_what_was_left_to_one(
    entries: Any, production: Stored, found: dict[str, Any] | None
) -> None:
    """By the last word about the candidate, where what is in production agrees."""
    for outcome in ("waits_for_person", "needs_person", "not_promoted"):
        assert answer(decision(NEW, OLD, outcome), entries, production.digest) == found
    for outcome in ("released", "kept", "already_released"):
        assert answer(decision(NEW, OLD, outcome), entries, production.digest) is None


def test_the_decision_that_released_it_tells_what_was_before() -> None:
    """The newest one; what was decided otherwise, or about others, does not count."""
    decisions = [
        ("2024-01-23", decision(NEW, NEW, "already_released")),
        ("2024-01-22", decision(OTHER, NEW)),
        ("2024-01-15", decision(NEW, OLD)),
        ("2024-01-08", decision(NEW, OTHER)),
    ]
    assert before(NEW.model, [], decisions) == OLD
    assert before(OLD.model, [], decisions) is None
    assert before(OLD.model, [], [("2024-01-08", decision(OLD, None))]) is None


def test_no_more_decisions_are_read_than_are_needed() -> None:
    """Each would have to be fetched."""
    decisions = iter([("2024-01-15", decision(NEW, OLD)), ("2024-01-08", decision(OLD, None))])
    assert before(NEW.model, [], decisions) == OLD
    assert len(list(decisions)) == 1


@pytest.mark.parametrize(
    ("at", "found"), [("2024-01-14", OLD), ("2024-01-15", OTHER), ("2024-01-16", OTHER)]
)
def test_the_latest_release_counts_by_hand_or_by_rule(at: str, found: Stored) -> None:
    """A rollback is no release."""
    entries = [
        Move("released", NEW, OTHER, "x").entry(at),
        Move("rolled_back", OTHER, NEW, "x").entry("2024-02-01"),
    ]
    assert before(NEW.model, entries, [("2024-01-15", decision(NEW, OLD))]) == found


def test_the_newest_release_by_hand_counts() -> None:
    """A model may have been released, rolled back and released again."""
    entries = [
        Move("released", NEW, OLD, "x").entry("2024-01-08"),
        Move("rolled_back", OLD, NEW, "x").entry("2024-01-09"),
        Move("released", NEW, OTHER, "x").entry("2024-01-15"),
    ]
    assert before(NEW.model, entries, []) == OTHER


def test_a_champion_that_could_not_be_loaded_is_known_by_its_version() -> None:
    """Its identity is not."""
    champion = {"model": None, "version": "v0", "digest": OLD.digest, "unusable": "format 1"}
    told = {**decision(NEW, None), "champion": champion}
    assert before(NEW.model, [], [("2024-01-15", told)]) == Stored("unknown", "v0", OLD.digest)


def test_what_has_learnt_the_same_is_withdrawn_too() -> None:
    """Though another list of excluded drops gives it another name; what has not, is not."""
    new = Stored("b" * 16, "v1", "1" * 32, learning="e" * 16)
    entries = [Move("rolled_back", OLD, new, "too high").entry("2024-01-16T08:00:00+00:00")]
    assert withdrawal("d" * 16, "e" * 16, entries) == "rolled_back"
    assert withdrawal("d" * 16, "f" * 16, entries) is None
    assert withdrawal("d" * 16, None, entries) is None
    again = Move("released", Stored("d" * 16, "v2", "2" * 32, "e" * 16), OLD, "it was right")
    assert withdrawal("b" * 16, "e" * 16, [*entries, again.entry("2024-01-17T08:00:00Z")]) is None
