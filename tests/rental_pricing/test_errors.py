"""Errors for the user."""

from rental_pricing.errors import did_you_mean


def test_a_near_name_is_suggested() -> None:
    """A slip of the keyboard gets the name that was meant."""
    assert did_you_mean("modelling", ["market", "modeling"]) == " (did you mean 'modeling'?)"


def test_nothing_is_suggested_for_a_name_that_is_far_from_all() -> None:
    """A wrong hint would be worse than none."""
    assert did_you_mean("x", ["market", "modeling"]) == ""
