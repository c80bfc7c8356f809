"""The rules that a candidate must keep: each with its limit, what was found, and in words."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from rental_pricing.release.comparison import Compared, Measured
    from rental_pricing.release.manual_releases import Action
    from rental_pricing.release.parameters import ReleaseParameters

Value = float | str | None


@dataclass(frozen=True)
class Rule:
    """One rule, and what came out of it.

    Attributes:
        rule: Its name.
        limit: What it allows; a number or a text.
        value: What was found; ``None`` if nothing could be.
        passed: Whether it is kept.
        told: Both in words.
    """

    rule: str
    limit: Value
    value: Value
    passed: bool
    told: str


def rules_of_candidate(
    candidate: Measured,
    validation_report: Mapping[str, Any],
    parameters: ReleaseParameters,
    *,
    withdrawn: Action | None,
) -> list[Rule]:
    """Judge a candidate by itself.

    Args:
        candidate: Its numbers on the test listings.
        validation_report: About the data that it was made of.
        parameters: The limits.
        withdrawn: How a person has taken this model back, if one has.
    """
    return [
        _validated(validation_report),
        _not_withdrawn(withdrawn),
        _beats_the_median(candidate, parameters.min_gain_over_median),
        _covers(candidate, parameters.max_coverage_error),
    ]


def rules_against_champion(
    compared: Compared | None,
    champion: Measured,
    delivered: tuple[str, str],
    parameters: ReleaseParameters,
    currency: str,
) -> list[Rule]:
    """Judge a candidate against the champion, with which it can be compared.

    Args:
        compared: Their difference; ``None`` if no listing is priced by both.
        champion: The champion's numbers on the same test listings.
        delivered: Newest delivery, YYYY-MM-DD, of the candidate's data and the champion's.
        parameters: The limits.
        currency: For the texts.
    """
    return [
        _not_older(*delivered),
        _not_worse(compared, parameters.max_mae_increase, currency),
        _reason_to_change(compared, champion, delivered, parameters, currency),
        _no_segment_worse(compared, parameters, currency),
        _few_moved(compared, parameters),
    ]


def is_acceptable(model: Measured, parameters: ReleaseParameters) -> bool:
    """Tell whether a model is good enough to stay, by its numbers on the newest test listings."""
    return (
        _beats_the_median(model, parameters.min_gain_over_median).passed
        and _covers(model, parameters.max_coverage_error).passed
    )


def _validated(report: Mapping[str, Any]) -> Rule:
    broken = sum(check["status"] == "failed" for check in report["checks"])
    passed = bool(report["passed"])
    told = "no rule of the validation is broken" if passed else f"{broken} rules are broken"
    return Rule("data_validated", 0, broken, passed, told)


def _not_withdrawn(withdrawn: Action | None) -> Rule:
    told = {
        "rolled_back": "a person has rolled this model back",
        "declined": "a person has declined this model",
    }.get(withdrawn or "", "nobody has declined it or rolled it back")
    value = (withdrawn or "not withdrawn").replace("_", " ")
    return Rule("not_withdrawn", "not withdrawn", value, withdrawn is None, told)


def _beats_the_median(model: Measured, least: float) -> Rule:
    name = "gain_over_median"
    mae, baseline = model.mae, model.baseline_mae
    if mae is None or not baseline:
        return Rule(name, least, None, passed=False, told="there is no error of the median to beat")
    gain = 1 - mae / baseline
    told = (
        f"its MAE of {mae:.2f} is {gain:.1%} below the median's {baseline:.2f}; least {least:.1%}"
    )
    beats = mae <= (1 - least) * baseline and mae < baseline
    return Rule(name, least, _rounded(gain), beats, told)


def _covers(model: Measured, most: float) -> Rule:
    name, aim = "interval_coverage", model.coverage_aim
    low, high = (round(aim + side * most, 9) for side in (-1, 1))
    limit = f"{low:.10g} to {high:.10g}"
    found = model.interval_coverage
    if found is None:
        return Rule(name, limit, None, passed=False, told="no listing has an interval")
    told = f"{found:.1%} of prices are inside of their intervals; limits {low:.1%} to {high:.1%}"
    return Rule(name, limit, _rounded(found), low <= found <= high, told)


def _not_older(candidate: str, champion: str) -> Rule:
    told = f"its newest delivery is of {candidate}, the champion's of {champion}"
    return Rule("data_not_older", champion, candidate, candidate >= champion, told)


def _not_worse(compared: Compared | None, most: float, currency: str) -> Rule:
    if compared is None:
        return _none_priced("mae_increase", most)
    told = (
        f"the difference of the MAE is {compared.mae_difference:+.2f} {currency} "
        f"(95 % interval {compared.low:+.2f} to {compared.high:+.2f}); "
        f"the upper end may be {most:+.2f} at most"
    )
    passed = compared.high <= most
    return Rule("mae_increase", most, _rounded(compared.high), passed, told)


def _reason_to_change(
    compared: Compared | None,
    champion: Measured,
    delivered: tuple[str, str],
    parameters: ReleaseParameters,
    currency: str,
) -> Rule:
    least, weeks = parameters.min_mae_gain, parameters.max_champion_age_weeks
    gain = None if compared is None else -compared.mae_difference
    reasons = []
    if gain is not None and gain >= least:
        reasons.append(f"the candidate is better by {gain:.2f} {currency}")
    days = _days(*delivered)
    if days > 7 * weeks:
        reasons.append(f"the champion's data is {days} days older")
    if not is_acceptable(champion, parameters):
        reasons.append("the champion is no longer acceptable on the newest data")
    limit = (
        f"better by {least:g} {currency}, or the champion's data older than {weeks} weeks, or the "
        "champion no longer acceptable"
    )
    told = "; ".join(reasons) or f"none of: {limit}"
    return Rule("reason_to_change", limit, told if reasons else "none", bool(reasons), told)


def _no_segment_worse(
    compared: Compared | None, parameters: ReleaseParameters, currency: str
) -> Rule:
    name, most = "segment_mae_increase", parameters.max_segment_mae_increase
    if compared is None:
        return _none_priced(name, most)
    least = parameters.min_segment_rows
    if not compared.segments:
        return Rule(name, most, None, passed=True, told=f"no segment has {least} test listings")
    worst = max(compared.segments, key=lambda segment: compared.segments[segment])
    value = compared.segments[worst]
    told = (
        f"of {len(compared.segments)} segments of {least} test listings or more, {worst} has the "
        f"largest change of the MAE: {value:+.2f} {currency}; at most {most:+.2f}"
    )
    return Rule(name, most, _rounded(value), value <= most, told)


def _few_moved(compared: Compared | None, parameters: ReleaseParameters) -> Rule:
    name, most = "moved_share", parameters.max_moved_share
    if compared is None:
        return _none_priced(name, most)
    told = (
        f"{compared.moved_share:.1%} of {compared.stock_rows} estimates of the stock move by more "
        f"than {parameters.moved_by:.0%}; at most {most:.1%}"
    )
    return Rule(name, most, _rounded(compared.moved_share), compared.moved_share <= most, told)


def _none_priced(name: str, limit: float) -> Rule:
    return Rule(name, limit, None, passed=False, told="no test listing is priced by both models")


def _days(newer: str, older: str) -> int:
    return (dt.date.fromisoformat(newer) - dt.date.fromisoformat(older)).days


def _rounded(value: float) -> float:
    return round(value, 6)
