"""What is logged, whoever has put a secret into an error."""

from __future__ import annotations

import logging

import pytest

from kedro_wandb.hook import events

SIGNED = "https://key:tell-nobody@host/f.csv?sig=nor-this#nor-that"

SECRETS = ("tell-nobody", "nor-this", "nor-that")


@pytest.fixture
def logger(caplog: pytest.LogCaptureFixture) -> logging.Logger:
    """The one that all of this package logs to, at its most talkative."""
    caplog.set_level(logging.DEBUG, events.logger.name)
    return events.logger


def test_messages_are_told_without_what_is_secret(
    logger: logging.Logger, caplog: pytest.LogCaptureFixture
) -> None:
    """With their arguments filled in, and other arguments as they are."""
    logger.warning("%s can't be asked: %d of %s", SIGNED, 3, ValueError(SIGNED))
    address = "https://[redacted]@host/f.csv?[redacted]"
    assert caplog.messages == [f"{address} can't be asked: 3 of {address}"]


def test_so_are_tracebacks(logger: logging.Logger, caplog: pytest.LogCaptureFixture) -> None:
    """Which quote the errors, and those behind them."""
    error = ValueError(f"again {SIGNED}")
    error.__cause__ = OSError(SIGNED)
    logger.debug("it failed", exc_info=error)
    (record,) = caplog.records
    told = logging.Formatter().format(record)
    assert "OSError: https://[redacted]@host" in told
    assert "ValueError: again https://" in told
    assert [secret for secret in SECRETS if secret in told] == []


def test_an_event_that_is_missed_is_told_without_them(caplog: pytest.LogCaptureFixture) -> None:
    """By the hook itself."""
    with events.hook._tracked(None):
        raise OSError(SIGNED)
    (message,) = caplog.messages
    assert message.startswith("W&B tracking missed an event: https://[redacted]@host")
    assert [secret for secret in SECRETS if secret in message] == []
