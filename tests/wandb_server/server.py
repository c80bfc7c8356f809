"""Start and stop the server in a thread of this process."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import uvicorn

from wandb_server.app import make_app
from wandb_server.faults import Faults, Gate, Seen
from wandb_server.records import Artifact, Run
from wandb_server.state import ENTITY, State

API_KEY = "X" * 40
HOST = "127.0.0.1"
_PATIENCE = 10.0

# The SDK's own patience is minutes; whole seconds, because it cuts them and takes 0 for a default.
_SHORT_PATIENCE = {
    "WANDB_INIT_TIMEOUT": "10",
    "WANDB_FINISH_TIMEOUT": "10",
    "WANDB_HTTP_TIMEOUT": "5",
    "WANDB_X_DISABLE_VIEWER": "true",
    **{
        f"WANDB_X_{part}_RETRY_{what}": value
        for part in ("GRAPHQL", "FILE_TRANSFER", "FILE_STREAM")
        for what, value in (("MAX", "3"), ("WAIT_MIN_SECONDS", "1"), ("WAIT_MAX_SECONDS", "1"))
    },
}


class WandbServer:
    """A W&B server on a free port of the loopback interface.

    Attributes:
        state: What the server remembers.
        faults: What goes wrong on demand.
        requests: Every request in the order of arrival.

    Example:
        >>> with WandbServer() as server:
        ...     server.faults.answer("PUT /storage/artifacts/*", status=500, times=2)
        ...     ...  # the client's process gets server.environment(folder)
        ...     server.artifact("listings:latest").files
    """

    def __init__(self) -> None:
        self.state = State()
        self.faults = Faults()
        self.requests: list[Seen] = []
        self._app = make_app(self.state, API_KEY)
        self._socket = _bound(0)
        self._port: int = self._socket.getsockname()[1]
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The address, for ``base_url``."""
        return f"http://{HOST}:{self._port}"

    @property
    def is_up(self) -> bool:
        """Whether connections are accepted."""
        return self._thread is not None and self._thread.is_alive()

    def start(self) -> None:
        """Answer from now on."""
        self.stop()
        config = uvicorn.Config(
            Gate(self._app, self.requests, self.faults, self._shut),
            log_config=None,
            log_level="critical",
            lifespan="off",
            ws="none",
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._serve, args=[self._server])
        self._thread.start()
        give_up = time.monotonic() + _PATIENCE
        while not self._server.started:
            if time.monotonic() > give_up or not self.is_up:
                message = "the W&B server did not start"
                raise RuntimeError(message)
            time.sleep(0.01)

    def _serve(self, server: uvicorn.Server) -> None:
        server.run(sockets=[self._socket])
        self._socket.close()
        self._socket = _bound(self._port)

    def _shut(self) -> None:
        if self._server is not None:
            self._server.should_exit = True

    def stop(self) -> None:
        """Refuse connections from now on; the port stays ours."""
        self._shut()
        if self._thread is not None:
            self._thread.join(_PATIENCE)
        self._server = self._thread = None

    def close(self) -> None:
        """Stop for good and give the port back."""
        self.stop()
        self._socket.close()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Close."""
        self.close()

    @contextlib.contextmanager
    def down(self) -> Iterator[None]:
        """Refuse connections inside the block."""
        self.stop()
        try:
            yield
        finally:
            self.start()

    def environment(self, folder: Path) -> dict[str, str]:
        """Return the variables that lead a client here and keep its files in a folder."""
        places = ("DIR", "DATA_DIR", "CACHE_DIR", "CONFIG_DIR", "ARTIFACT_DIR")
        return {
            "WANDB_BASE_URL": self.url,
            "WANDB_API_KEY": API_KEY,
            "WANDB_ENTITY": ENTITY,
            "WANDB_MODE": "online",
            "WANDB_SILENT": "true",
            "WANDB_ERROR_REPORTING": "false",
            "WANDB_DISABLE_GIT": "true",
            "WANDB_DISABLE_CODE": "true",
            "WANDB_X_DISABLE_STATS": "true",
            "NO_PROXY": HOST,
            **_SHORT_PATIENCE,
            **{f"WANDB_{place}": str(folder / place.lower()) for place in places},
        }

    def run(self, name: str, project: str | None = None) -> Run:
        """Return a run by its id."""
        return self.state.run(ENTITY, project or self._only_project(), name)

    def artifact(self, name: str, project: str | None = None) -> Artifact:
        """Return a version by ``name:alias``."""
        home = self.state.project(ENTITY, project or self._only_project())
        found = self.state.find_artifact(home, name)
        if found is None:
            message = f"no artifact {name!r}"
            raise LookupError(message)
        return found

    def versions(self, collection: str, project: str | None = None) -> list[Artifact]:
        """Return the committed versions of a collection, oldest first; none where it is unknown."""
        home = self.state.project(ENTITY, project or self._only_project())
        found = home and home.collections.get(collection)
        return found.versions if found else []

    def seen(self, name: str) -> list[Seen]:
        """Return the requests of one operation."""
        return [request for request in self.requests if request.name == name]

    @property
    def errors(self) -> list[str]:
        """What GraphQL requests were refused for."""
        return [error for request in self.requests for error in request.errors]

    def _only_project(self) -> str | None:
        names = [project.name for project in self.state.projects.values()]
        return names[0] if len(names) == 1 else None


def _bound(port: int) -> socket.socket:
    """Return a socket that owns a port but does not listen: connections are refused."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((HOST, port))
    return made
