"""Each request gets an id, is counted and logged, and is answered whatever happens."""

from __future__ import annotations

import logging
import re
import time
import uuid
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect

from rental_pricing.serving.problems import ProblemError, problem_response

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from rental_pricing.serving.metrics import Metrics

logger = logging.getLogger(__name__)

REQUEST_ID = "X-Request-ID"

_SANE = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}", re.ASCII)
_GONE = 499
"""Status, in counts and logs, of a request whose client has gone."""

_ELSEWHERE = "(none)"
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


class Observing:
    """The outermost layer of the service."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        """Wrap an application.

        Args:
            app: What answers.
            metrics: Where requests are counted.
        """
        self._app, self._metrics = app, metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope).get(REQUEST_ID, "")
        request_id = given if _SANE.fullmatch(given) else uuid.uuid4().hex
        scope.setdefault("state", {})["request_id"] = request_id
        start, status = time.perf_counter(), 0

        async def tell(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = request_id
                headers.setdefault("X-Content-Type-Options", "nosniff")
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        try:
            await self._app(scope, receive, tell)
        except ClientDisconnect:
            status = _GONE
        except Exception:
            logger.exception("%s failed.", request_id)
            if status:
                raise  # a part is sent: the connection must not end as if it were all
            problem = ProblemError(
                HTTPStatus.INTERNAL_SERVER_ERROR,
                "The service has failed on this request. Tell its request id to who runs it.",
            )
            response = problem_response(problem, scope["path"], request_id)
            await response(scope, receive, tell)
        finally:
            self._note(scope, status, time.perf_counter() - start, request_id)

    def _note(self, scope: Scope, status: int, seconds: float, request_id: str) -> None:
        route: Any = scope.get("route")
        path = getattr(route, "path", _ELSEWHERE)
        # Clients must not be able to make ever more counters.
        method = scope["method"] if scope["method"] in _METHODS else _ELSEWHERE
        self._metrics.requests.labels(method, path, status).inc()
        self._metrics.seconds.labels(path).observe(seconds)
        logger.info("%s %s %s %d %.1f ms", request_id, method, path, status, 1000 * seconds)
