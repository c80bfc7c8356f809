"""Faults on demand, and the book of all requests."""

from __future__ import annotations

import asyncio
import fnmatch
import json
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from typing import Any

from graphql import OperationDefinitionNode, parse

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


@dataclass
class Seen:
    """A request as it arrived, and what became of it."""

    method: str
    path: str
    operation: str | None = None
    variables: dict[str, Any] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    status: int | None = None
    errors: list[str] = field(default_factory=list)
    at: float = field(default_factory=time.monotonic)

    @property
    def name(self) -> str:
        """The GraphQL operation, or else method and path."""
        return self.operation or f"{self.method} {self.path}"


@dataclass
class Fault:
    """What goes wrong for the requests that match, from the n-th one on.

    Attributes:
        match: A GraphQL operation, or method and path with wildcards: ``PUT /storage/*``.
        status: Answer with this instead of handling the request.
        delay: Wait so many seconds first.
        cut: Handle the request, then break off in the middle of the answer.
        drop: Close the connection without a word and without handling the request.
        kill: Drop, and refuse all connections from then on, until the server is started again.
        first: The first request that is hit, counted from 1.
        times: How many requests are hit; without end if None.
        until: The moment, by the monotonic clock, when the fault is over.
    """

    match: str
    status: int | None = None
    delay: float = 0.0
    cut: bool = False
    drop: bool = False
    kill: bool = False
    first: int = 1
    times: int | None = 1
    until: float | None = None
    count: int = 0

    def hits(self, seen: Seen) -> bool:
        """Count the request if it matches; say whether it is hit."""
        if not fnmatch.fnmatchcase(seen.name, self.match):
            return False
        self.count += 1
        is_late = self.until is not None and time.monotonic() > self.until
        is_past = self.times is not None and self.count >= self.first + self.times
        return self.count >= self.first and not is_past and not is_late


class Faults:
    """The faults that a test has asked for; the first that hits a request acts."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, match: str, *, seconds: float | None = None, **what: Any) -> Fault:
        """Ask for a fault, see `Fault`; ``seconds`` ends it after a time."""
        until = None if seconds is None else time.monotonic() + seconds
        fault = Fault(match, until=until, **what)
        self._faults.append(fault)
        return fault

    def answer(self, match: str, status: int, **when: Any) -> Fault:
        """Answer with a status and do nothing."""
        return self.add(match, status=status, **when)

    def delay(self, match: str, delay: float, **when: Any) -> Fault:
        """Answer late."""
        return self.add(match, delay=delay, **when)

    def cut(self, match: str, **when: Any) -> Fault:
        """Do what was asked, but lose the answer on its way."""
        return self.add(match, cut=True, **when)

    def drop(self, match: str, **when: Any) -> Fault:
        """Close the connection instead of handling the request."""
        return self.add(match, drop=True, **when)

    def kill(self, match: str, **when: Any) -> Fault:
        """Take the server down when the request arrives."""
        return self.add(match, kill=True, **when)

    def clear(self) -> None:
        """Be well again."""
        self._faults.clear()

    def hit(self, seen: Seen) -> Fault | None:
        """Return the fault that is due for a request; all others count it too."""
        due = [fault for fault in self._faults if fault.hits(seen)]
        return due[0] if due else None


class Gate:
    """ASGI middleware: writes every request down and lets the faults happen."""

    def __init__(
        self, app: App, requests: list[Seen], faults: Faults, shut: Callable[[], None]
    ) -> None:
        self._app = app
        self._requests = requests
        self._faults = faults
        self._shut = shut
        self._is_shut = False

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Pass one request on, or not."""
        if self._is_shut:
            await _drop(send)
            return
        body = await _read(receive)
        seen = _seen(scope, body)
        self._requests.append(seen)
        scope["seen"] = seen

        async def replay() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def note(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen.status = message["status"]
            await send(message)

        fault = self._faults.hit(seen) or Fault("")
        await asyncio.sleep(fault.delay)
        if fault.kill:
            self._is_shut = True
            self._shut()
        if fault.kill or fault.drop:
            await _drop(send)
        elif fault.status is not None:
            await _answer(note, fault.status)
        elif fault.cut:
            await self._app(scope, replay, _nowhere)
            await _break_off(note)
        else:
            await self._app(scope, replay, note)


async def _read(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def _nowhere(message: Message) -> None:
    """Lose a message."""


async def _drop(send: Send) -> None:
    # ASGI has no word for it, so this reaches through to uvicorn's connection.
    send.__self__.transport.abort()  # type: ignore[attr-defined]
    await asyncio.sleep(0)


async def _answer(send: Send, status: int) -> None:
    body = json.dumps({"error": f"a fault made on demand ({status})"}).encode()
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", str(len(body)).encode()),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def _break_off(send: Send) -> None:
    """Send less than announced; the server then closes the connection."""
    headers = [(b"content-type", b"application/json"), (b"content-length", b"100")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": b'{"data"', "more_body": True})


def _seen(scope: Message, body: bytes) -> Seen:
    headers = {name.decode(): value.decode() for name, value in scope["headers"]}
    seen = Seen(scope["method"], scope["path"], headers=headers)
    if seen.path == "/graphql":
        call = json.loads(body)
        definitions = parse(call["query"]).definitions
        operations = [each for each in definitions if isinstance(each, OperationDefinitionNode)]
        seen.operation = operations[0].name.value if operations[0].name else None
        seen.variables = call.get("variables") or {}
    return seen
