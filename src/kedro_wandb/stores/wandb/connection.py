"""A project on W&B's server, asked with patience: what it answers, or why it does not."""

from __future__ import annotations

import json
import math
import threading
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import pydantic
import wandb
from wandb.apis.public import Run
from wandb.errors import CommError

from kedro_wandb.errors import SdkError, StoreUnavailableError, TrackingError
from kedro_wandb.settings.config import Timeouts
from kedro_wandb.settings.redaction import redacted_text
from kedro_wandb.stores.base import Progress
from kedro_wandb.stores.patience import PartialAnswerError, answered, bounded

T = TypeVar("T")

ANSWERS = 4
"""Answers that a question may take the time of, whatever their number."""

_MEGABYTE = 1e6

_BUGS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    ImportError,
    LookupError,
    NameError,
    NotImplementedError,
    RecursionError,
    TypeError,
)
"""What no server can be blamed for."""


class Connection:
    """A project on W&B's server, as the SDK's public API asks it.

    Args:
        project: Its name.
        entity: The user or team it belongs to; ``None``: the key's own, once it was asked.
        timeouts: How long to wait.

    Attributes:
        lock: Held while the API is asked for what it may not tell from its memory.
    """

    def __init__(self, project: str, entity: str | None, timeouts: Timeouts) -> None:
        self.project, self.entity, self.timeouts = project, entity, timeouts
        self.lock = threading.RLock()
        self._public: wandb.Api | None = None

    def ask(
        self,
        what: str,
        action: Callable[[], T],
        seconds: float | None = None,
        tick: Progress | None = None,
    ) -> T:
        """Return what the server answers.

        A question that takes several requests has one limit, whatever their number.

        Args:
            what: The server has to do, for people.
            action: Asks it.
            seconds: To wait in all; else for each answer as long as for any, and for all of
                them together as long as for a few.
            tick: Called with 0 every half second, as a sign of life.

        Raises:
            StoreUnavailableError: It does not answer, not in time, or not as it should.
            SdkError: The SDK broke down by itself.
            TrackingError: As the action raises it.
            OSError: A local file can't be read or written.
        """
        call = self.timeouts.call
        try:
            if seconds is None:
                return bounded(ANSWERS * call, action, tick, silence=call)
            return bounded(seconds, action, tick)
        except TrackingError:
            raise
        except PartialAnswerError as error:
            msg = f"W&B could not be asked to {what}: {error}; a larger timeouts.call allows more"
            raise StoreUnavailableError(msg) from error
        except _BUGS as error:
            raise _sdk_error(what, error) from error
        except Exception as error:
            if isinstance(error, OSError) and error.filename is not None:
                raise  # a local file's; the network's have no file name
            reason = redacted_text(" ".join(str(error).split()))  # it may quote a signed address
            msg = f"W&B could not be asked to {what}: {reason}"
            raise StoreUnavailableError(msg) from error

    def patience(self, size: int) -> float:
        """Return the seconds that a number of bytes may take."""
        speed = self.timeouts.upload_megabytes_per_second * _MEGABYTE
        return self.timeouts.call + size / speed

    def api(self) -> wandb.Api:
        """Return the SDK's public API, which has checked the key."""
        with self.lock:
            api = self._public
            if api is None:
                overrides = {"project": self.project}
                if self.entity is not None:
                    overrides["entity"] = self.entity
                api = wandb.Api(overrides, timeout=math.ceil(self.timeouts.call))
                self._public = api
            if self.entity is None:
                self.entity = api.settings["entity"] or api.default_entity
            return api

    def fresh_api(self) -> wandb.Api:
        """Return it without what it was told before."""
        api = self.api()
        api.flush()  # type: ignore[no-untyped-call]
        return api

    def drop(self) -> None:
        """Begin anew with the next question; who still waits for an answer holds nobody up."""
        self._public = None

    def path(self, name: str = "") -> str:
        """Return what the public API calls the project, or something in it."""
        self.api()
        return "/".join(str(each) for each in (self.entity, self.project, name) if each)

    def place(self) -> dict[str, str | None]:
        """Return the project as variables of GraphQL."""
        self.api()
        return {"entity": self.entity, "project": self.project}

    def answer(self, query: str, variables: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what the server answers to GraphQL."""
        # The public API has no other way to ask for what it does not list.
        service = self.api()._service_api  # noqa: SLF001 - see above
        data: Mapping[str, Any] = service.execute_graphql(query, variables)
        answered()
        return data

    def pages(self) -> str:
        """Return the address of the server's pages for people."""
        address: str = self.api()._service_api.app_url  # noqa: SLF001 - as above
        return address

    def run(self, step: str) -> Run | None:
        """Return a step's run as it is now, if there is one."""
        with self.lock:
            try:
                return self.fresh_api().run(self.path(step))
            except Exception as error:
                if is_absence(error):
                    return None
                raise


def _sdk_error(what: str, error: Exception) -> SdkError:
    reason = redacted_text(" ".join(f"{type(error).__name__} {error}".split()))
    frames = traceback.extract_tb(error.__traceback__)
    where = f"{Path(frames[-1].filename).name}, line {frames[-1].lineno}"
    return SdkError(f"W&B's SDK {wandb.__version__} failed to {what}: {reason} ({where}).")


def is_absence(error: Exception) -> bool:
    """Tell that something is not there from not having found out.

    The public API raises a ``ValueError`` for the former, wrapped or not.
    """
    cause = error.exc if isinstance(error, CommError) else error
    unreadable = pydantic.ValidationError | json.JSONDecodeError
    return isinstance(cause, ValueError) and not isinstance(cause, unreadable)
