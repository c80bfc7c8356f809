"""A service as a process of its own, and the store of models that it follows."""

from __future__ import annotations

import contextlib
import re
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx
from serving_tools import wait_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rental_pricing.model.price_model import PriceModel

_LISTENING = re.compile(r"Listening on (http://\S+)")


@dataclass(frozen=True)
class Market:
    """A project whose models are tracked as the environment says."""

    path: Path

    def release(self, model: PriceModel) -> None:
        """Log a model, and put it into production."""
        from kedro.framework.session import KedroSession
        from kedro.framework.startup import bootstrap_project

        import kedro_wandb

        bootstrap_project(self.path)
        with contextlib.chdir(self.path), KedroSession.create(self.path) as session:
            catalog = session.load_context().catalog
            with kedro_wandb.step("release"):
                catalog.save("price_model", model)
                catalog.save("released_model", {"dataset": "price_model"})
            moved = kedro_wandb.alias_move("price_model:prod")
            assert moved.made, moved.reason

    @contextlib.contextmanager
    def production(self) -> Iterator[Callable[[str], None]]:
        """Give what moves production to another version, such as ``v0``."""
        from kedro.framework.session import KedroSession
        from kedro.framework.startup import bootstrap_project

        import kedro_wandb

        bootstrap_project(self.path)
        with contextlib.chdir(self.path), KedroSession.create(self.path) as session:
            catalog = session.load_context().catalog
            digests = {each.label: each.digest for each in kedro_wandb.versions("price_model")}

            def move(version: str) -> None:
                with kedro_wandb.step("release"):
                    catalog.save("released_model", {"digest": digests[version]})

            yield move

    @contextlib.contextmanager
    def serve(self, *arguments: str, ready: bool = True) -> Iterator[Served]:
        """Run ``kedro serve`` at a free port."""
        log = self.path / "serve.log"
        command = [sys.executable, "-m", "kedro", "serve", "--port", "0", *arguments]
        with (
            log.open("wb") as output,
            subprocess.Popen(command, cwd=self.path, stdout=output, stderr=output) as process,
        ):
            served = Served(process, log)
            try:
                wait_for(served.is_listening, 60)
                if ready:
                    wait_for(lambda: served.get("/ready").status_code == 200, 60)
                yield served
            finally:
                if process.poll() is None:
                    process.send_signal(signal.SIGTERM)
                    process.wait(60)


@dataclass(frozen=True)
class Served:
    """One such process."""

    process: subprocess.Popen[bytes]
    log: Path

    def is_listening(self) -> bool:
        """Whether it has told its address."""
        assert self.process.poll() is None, self.said()
        return _LISTENING.search(self.said()) is not None

    def said(self) -> str:
        """What it has logged."""
        return self.log.read_text(encoding="utf-8")

    @property
    def address(self) -> str:
        """Where it listens."""
        found = _LISTENING.search(self.said())
        assert found is not None
        return found[1]

    def get(self, path: str) -> httpx.Response:
        """Ask it."""
        return httpx.get(self.address + path, timeout=30)

    def post(self, path: str, **body: Any) -> httpx.Response:
        """Ask it for prices."""
        return httpx.post(self.address + path, timeout=30, **body)

    def end(self, signal_: signal.Signals) -> tuple[int, float]:
        """End it, and return its exit status and how long that took."""
        start = time.monotonic()
        self.process.send_signal(signal_)
        return self.process.wait(60), time.monotonic() - start
