"""What a validation report means to those who come after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rental_pricing.engine.engine import ONE_PROCESS, Engine
from rental_pricing.engine.pieces import Pieces
from rental_pricing.errors import UnvalidatedDataError, ValidationFailedError, cut
from rental_pricing.listings.digest import digest_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from rental_pricing.listings.parameters import MarketParameters

_EXAMPLES, _RULES = 3, 8
_AGAIN = "Validate them first: kedro run --pipelines data_validation"


def require_validated(
    listings: Pieces | pd.DataFrame,
    report: Mapping[str, Any],
    market: MarketParameters,
    engine: Engine = ONE_PROCESS,
) -> None:
    """Refuse listings that the report did not judge, or did not pass.

    Args:
        listings: The listings about to be used.
        report: A validation report, with the digest and market of what it judged.
        market: The market that they are used for.
        engine: Works on the pieces of the listings.

    Raises:
        UnvalidatedDataError: If the report is about other listings, or another market.
        ValidationFailedError: If a rule is broken.
    """
    digest = digest_of(Pieces.of(listings), engine)
    if digest != report["digest"]:
        msg = (
            f"The listings on disk (digest {digest[:12]}) are not those that the validation "
            f"report judged (digest {str(report['digest'])[:12]}). {_AGAIN}"
        )
        raise UnvalidatedDataError(msg)
    if market.identity != report["market"]:
        msg = (
            f"The listings were judged for another market than {cut(market.name)} as the "
            f"parameters describe it now (bounds, prices, names). Process and validate them "
            f"for it: kedro run --pipelines data_processing,data_validation"
        )
        raise UnvalidatedDataError(msg)
    require_passed(report)


def require_passed(report: Mapping[str, Any]) -> None:
    """Refuse to go on if the report has a broken rule.

    Raises:
        ValidationFailedError: Naming each broken rule, its limit, the value found and
            examples.
    """
    if not report["passed"]:
        raise ValidationFailedError(failed_message(report))


def failed_message(report: Mapping[str, Any]) -> str:
    """List broken rules by delivery, with limit, value and examples; and what to do."""
    failed = [check for check in report["checks"] if check["status"] == "failed"]
    days = sorted({check["drop"] for check in failed if check["drop"]})
    lines = [f"{len(failed)} of {len(report['checks'])} rules are broken."]
    for day in [*days, None]:
        broken = [check for check in failed if check["drop"] == day]
        if broken:
            lines.append(f"By drop {day}:" if day else "By the listings of all drops together:")
            lines += [_told(check) for check in broken[:_RULES]]
            if len(broken) > _RULES:
                lines.append(f"  +{len(broken) - _RULES} more rules")
    return "\n".join([*lines, _remedy(days)])


def _remedy(days: list[str]) -> str:
    told = "The whole report is in the dataset validation_report. "
    if days:
        told += (
            "A drop that fails stops this run and every later one until it is corrected, "
            f"removed, or excluded: --params 'data_processing.exclude_drops={' '.join(days)}', or "
            "exclude_drops in conf/base/parameters_data_processing.yml. "
        )
    return told + (
        "If the change is real, adjust the limit in conf/base/parameters_data_validation.yml."
    )


def _told(check: Mapping[str, Any]) -> str:
    column = f" [{check['column']}]" if check["column"] else ""
    text = f"  - {check['name']}{column}: {cut(check['rule'], 120)}: found {check['value']}"
    text += f", limit {check['threshold']}"
    if check["examples"]:
        shown = [cut(example, 100) for example in check["examples"][:_EXAMPLES]]
        more = len(check["examples"]) - len(shown) + check["more"]
        text += f"; such as {'; '.join(shown)}" + (f" (+{more} more)" if more > 0 else "")
    return text
