"""What is wrong with a request, as RFC 9457 (problem details) says it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from starlette.responses import Response

MEDIA_TYPE = "application/problem+json"
MOST_ERRORS = 20
"""Errors that are told of one request, at most."""

_LONGEST_VALUE = 100


@dataclass(frozen=True)
class Wrong:
    """One value that can't be taken.

    Attributes:
        field: Where it is, such as ``listings[0].latitude``.
        value: What was given; ``None`` for nothing.
        rule: What it has to be, in words.
    """

    field: str
    value: Any
    rule: str


class ProblemError(Exception):
    """A request that can't be answered as it was asked."""

    def __init__(
        self,
        status: HTTPStatus,
        detail: str,
        errors: Sequence[Wrong] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """Describe it.

        Args:
            status: Of the answer.
            detail: For people; with nothing of the inside of the service.
            errors: The values that are wrong.
            headers: Of the answer, besides.
        """
        super().__init__(detail)
        self.status, self.detail, self.errors = status, detail, tuple(errors)
        self.headers = dict(headers or {})


def unprocessable(detail: str, errors: Sequence[Wrong] = ()) -> ProblemError:
    """Return the problem of an input that can't be taken."""
    return ProblemError(HTTPStatus.UNPROCESSABLE_ENTITY, detail, errors)


def problem_response(problem: ProblemError, path: str, request_id: str) -> Response:
    """Return the answer that tells a problem.

    Args:
        problem: What is wrong.
        path: That was asked for.
        request_id: Of the request.
    """
    told = {
        "type": "about:blank",
        "title": problem.status.phrase,
        "status": int(problem.status),
        "detail": problem.detail,
        "instance": path,
        "request_id": request_id,
        "errors": [
            {"field": each.field, "value": shown(each.value), "rule": each.rule}
            for each in problem.errors[:MOST_ERRORS]
        ],
    }
    return Response(json.dumps(told), problem.status, problem.headers, MEDIA_TYPE)


def shown(value: Any) -> Any:
    """Return a value for people: plain and short.

    >>> shown(1.5), shown("x" * 200)[-3:], shown([1, 2]), shown(float("inf"))
    (1.5, 'xx…', '[1, 2]', 'Infinity')
    """
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        text = json.dumps(value) if abs(value) < 2**63 else None
        return value if text and text[-1].isdigit() else _number(value)
    try:
        text = value if isinstance(value, str) else json.dumps(value)
    except RecursionError:
        return "nested deeply"
    return text if len(text) <= _LONGEST_VALUE else text[: _LONGEST_VALUE - 1] + "…"


def _number(value: float) -> str:
    try:
        return json.dumps(float(value))
    except OverflowError:
        return "more than 1e308"
