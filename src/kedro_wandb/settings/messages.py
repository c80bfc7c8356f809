"""Nothing secret is in what this package logs, whoever has put it into an error."""

from __future__ import annotations

import logging
import traceback

from kedro_wandb.settings.redaction import redacted_text


class Redacting(logging.Filter):
    """Redacts the messages of a logger, and the tracebacks that go with them."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Let a record through, without what is secret in its text."""
        text = record.getMessage()
        if record.exc_info and record.exc_info[1] is not None:
            lines = traceback.format_exception(record.exc_info[1])
            text = f"{text}\n{''.join(lines).rstrip()}"
        record.msg, record.args, record.exc_info = redacted_text(text), None, None
        return True
