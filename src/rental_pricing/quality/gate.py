"""What a validation report means to those who come after it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rental_pricing.errors import UnvalidatedDataError, ValidationFailedError
from rental_pricing.listings.digest import frame_digest

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

_SHOWN = 5


def require_validated(listings: pd.DataFrame, report: Mapping[str, Any]) -> None:
    """Refuse listings that the report did not judge, or did not pass.

    Args:
        listings: The listings about to be used.
        report: A validation report, with the digest of what it judged.

    Raises:
        UnvalidatedDataError: If the report is about other listings.
        ValidationFailedError: If a rule is broken.
    """
    digest = frame_digest(listings)
    if digest != report["digest"]:
        msg = (
            f"The listings on disk (digest {digest[:12]}) are not those that the validation "
            f"report judged (digest {str(report['digest'])[:12]}). Validate them first: "
            f"kedro run --pipelines data_validation"
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
    """List each broken rule with its limit, the value found and examples."""
    failed = [check for check in report["checks"] if check["status"] == "failed"]
    lines = [_told(check) for check in failed]
    return (
        f"{len(failed)} of {len(report['checks'])} rules are broken by the listings of "
        f"{', '.join(report['drops']) or 'no drop'}:\n"
        + "\n".join(lines)
        + "\nThe whole report is in the dataset validation_report, the rows that were set aside "
        "in rejected_listings. Have the drop corrected or take it out of the folder; if the "
        "change is real, adjust the limit in conf/base/parameters_data_validation.yml."
    )


def _told(check: Mapping[str, Any]) -> str:
    column = f" [{check['column']}]" if check["column"] else ""
    text = f"  - {check['name']}{column}: {check['rule']}: found {check['value']}"
    text += f", limit {check['threshold']}"
    if check["examples"]:
        shown = check["examples"][:_SHOWN]
        more = len(check["examples"]) - len(shown)
        text += f"; such as {'; '.join(shown)}" + (f" (+{more} more)" if more > 0 else "")
    return text
