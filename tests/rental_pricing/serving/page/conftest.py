"""The service's page in Chromium, as people have it."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import httpx
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext, Page

    from rental_pricing.model.price_model import PriceModel
    from rental_pricing.serving.models import ServedModel, Stored

KEY = "open sesame"


@dataclass(frozen=True)
class OneModel:
    """A store with one version."""

    model: PriceModel

    def in_production(self) -> Stored:
        """Return the version."""
        from rental_pricing.serving.models import Stored

        return Stored("price_model", "v3", self.model.identity)

    def load(self, stored: Stored) -> ServedModel:
        """Return its model."""
        from rental_pricing.serving.models import ServedModel

        return ServedModel(self.model, stored)


@contextmanager
def _running(model: PriceModel, parameters: Any, root_path: str, key: str | None) -> Iterator[str]:
    """Run the service in a thread, and give its address once it is ready."""
    import uvicorn

    from rental_pricing.serving.app import create_app
    from rental_pricing.serving.service import Service

    groups = parameters["modeling"].explain.groups
    service = Service(OneModel(model), parameters["serving"], groups, key=key)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(create_app(service), log_config=None, root_path=root_path)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            address = f"http://127.0.0.1:{listener.getsockname()[1]}/"
            transport = httpx.HTTPTransport(retries=3)
            with httpx.Client(transport=transport) as client:
                for _ in range(200):
                    if client.get(f"{address}ready").is_success:
                        break
                    time.sleep(0.05)
            yield address
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="session")
def start(model: PriceModel, parameters: dict[str, Any]) -> Iterator[Callable[..., str]]:
    """Start services of the model of a run on the synthetic drops."""
    with ExitStack() as services:
        yield lambda root_path="", key=None: services.enter_context(
            _running(model, parameters, root_path, key)
        )


@pytest.fixture(scope="session")
def address(start: Callable[..., str]) -> str:
    """The address of the service, with a slash at its end."""
    return start()


@pytest.fixture(scope="session")
def address_with_key(start: Callable[..., str]) -> str:
    """The address of a service that asks for a key."""
    return start(key=KEY)


@pytest.fixture(scope="session")
def service(address: str) -> Callable[[str], Any]:
    """What the service tells of something."""
    return lambda what: httpx.get(address + what).raise_for_status().json()


@pytest.fixture(scope="session")
def price_file(address: str) -> Callable[[bytes], bytes]:
    """What the service answers to a file."""

    def price(content: bytes) -> bytes:
        headers = {"Content-Type": "text/csv"}
        answer = httpx.post(f"{address}estimates/file", content=content, headers=headers)
        return answer.raise_for_status().content

    return price


@dataclass
class Visit:
    """A page that somebody looks at, and what has happened meanwhile.

    Attributes:
        page: Playwright's page.
        hosts: Hosts that were asked.
        errors: What the browser's console has told as an error.
    """

    page: Page
    hosts: set[str] = field(default_factory=set)
    errors: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Watch requests and errors."""
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._note)

    def _note(self, message: Any) -> None:
        # Chromium tells of each answer that is no success; the page tells people what it means.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.errors.append(message.text)

    def estimate(self) -> None:
        """Ask for the price, and wait until something is told."""
        self.page.click("button[type=submit]")
        self.page.wait_for_selector("#answer:not([aria-busy])")

    @property
    def place(self) -> tuple[float, float]:
        """Latitude and longitude as the fields have them."""
        return float(self.page.input_value("#latitude")), float(self.page.input_value("#longitude"))


@pytest.fixture
def visit(browser: Browser, address: str) -> Iterator[Callable[..., Visit]]:
    """Open the page; widths, colour schemes and the like as Playwright's contexts take them."""
    contexts: list[BrowserContext] = []

    def open_(
        at: str = address, *, prepare: Callable[[Page], object] = lambda _: None, **options: Any
    ) -> Visit:
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 900}, **options})
        contexts.append(context)
        context.set_default_timeout(10_000)
        made = Visit(context.new_page())
        prepare(made.page)
        made.page.goto(at)
        return made

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture
def ready(visit: Callable[..., Visit]) -> Callable[..., Visit]:
    """Open the page, and wait until the market is on its map."""

    def open_(**options: Any) -> Visit:
        made = visit(**options)
        made.page.wait_for_selector("#map .labels text", state="attached")
        made.page.wait_for_selector("#model-told:not([hidden])")
        return made

    return open_


@pytest.fixture
def here(ready: Callable[..., Visit]) -> Visit:
    """The page, on a wide screen, ready to be used; and nothing may go wrong on it."""
    return ready()
