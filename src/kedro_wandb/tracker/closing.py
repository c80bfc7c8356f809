"""The rows of the closing table, as the events of a run fill it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from kedro_wandb.errors import NothingToLogError, TrackingError
from kedro_wandb.protocol.rows import Row
from kedro_wandb.settings.redaction import redacted_text
from kedro_wandb.stores.base import Draft, Outcome, Version

T = TypeVar("T")


class Table:
    """What became of each dataset in each step.

    Args:
        redact: Names of the user's own secrets, beside the usual ones.

    Attributes:
        rows: So far.
    """

    def __init__(self, redact: tuple[str, ...]) -> None:
        self._redact = redact
        self.rows: list[Row] = []

    def tell(
        self,
        step: str,
        dataset: str,
        status: Any,
        version: Version | None = None,
        reason: str = "",
        stored: int = 0,
        *,
        withheld: bool = False,
    ) -> None:
        """Add a row; without a dataset it is about the step.

        Args:
            step: Its name.
            dataset: In the catalog.
            status: As rows have it.
            version: That the dataset is.
            reason: For people.
            stored: Bytes that the store has got.
            withheld: Whether no store gets more of it than digests and sizes.
        """
        self.rows.append(
            Row(
                step=step,
                dataset=dataset,
                artifact=version.name if version else "",
                version=version.label if version else "",
                status=status,
                reason=redacted_text(reason, self._redact),
                size=version.size if version else 0,
                stored=stored,
                withheld=withheld,
            )
        )

    def guarded(self, step: str, dataset: str, action: Callable[[], T]) -> T | None:
        """Do something with one dataset; what goes wrong becomes a row."""
        try:
            return action()
        except (NothingToLogError, TrackingError, OSError, ValueError) as error:
            self.tell(step, dataset, "not logged", reason=str(error))
        except Exception as error:  # noqa: BLE001 - nor does what nobody has foreseen
            reason = f"{type(error).__name__}: {error}"
            self.tell(step, dataset, "not logged", reason=reason)
        return None


def stored_bytes(draft: Draft | None, outcome: Outcome) -> int:
    """Return the bytes that the store has got; a reference's are kept elsewhere."""
    if draft is None or outcome.status != "new":
        return 0
    references = sum(source.size or 0 for source in draft.sources if source.path is None)
    return outcome.version.size - references
