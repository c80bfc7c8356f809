"""The service as a process: its socket, its signals, and its end."""

from __future__ import annotations

import ipaddress
import logging
import signal
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

import prometheus_client
import uvicorn

from rental_pricing.errors import UserInputError
from rental_pricing.evaluation.parameters import ModelingParameters
from rental_pricing.model.threads import one_thread
from rental_pricing.serving.access import VARIABLE
from rental_pricing.serving.app import create_app
from rental_pricing.serving.parameters import ServingParameters
from rental_pricing.serving.service import Service
from rental_pricing.serving.store import ModelStore

if TYPE_CHECKING:
    from kedro.framework.context import KedroContext

logger = logging.getLogger(__name__)


class AddressError(UserInputError):
    """Nothing can listen there."""


def serve(
    context: KedroContext,
    environment: Mapping[str, str],
    *,
    host: str,
    port: int,
    root_path: str = "",
    shadow: str | None = None,
) -> None:
    """Answer requests until SIGTERM or Ctrl-C; then finish what is under way.

    Args:
        context: Of a session of the project.
        environment: With the key that clients have to know, if one is wanted.
        host: Address to listen at.
        port: To listen at; 0 for any that is free, which the log tells.
        root_path: Path under which a proxy shows the service.
        shadow: Version that is compared with what is in production, as ``price_model:v3``.

    Raises:
        UserInputError: The port is taken, or there is no such version.
    """
    prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]
    parameters = context.params
    limits = ServingParameters.model_validate(parameters["serving"])
    modeling = ModelingParameters.model_validate(parameters["modeling"])
    store = ModelStore(context)
    with _listening(host, port) as listener, one_thread():
        service = Service(
            store,
            limits,
            modeling.explain.groups,
            key=environment.get(VARIABLE),
            challenger=store.load(store.named(shadow)) if shadow else None,
        )
        config = uvicorn.Config(
            create_app(service),
            root_path=root_path,
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=max(round(limits.drain_seconds), 1),
        )
        if not service.key and not _is_loopback(host):
            logger.warning("Anyone who reaches %s may ask: %s is not set.", host, VARIABLE)
        if service.challenger is not None:
            logger.info("%s is compared with what is answered.", service.challenger.stored)
        listener.listen(config.backlog)  # who comes now waits for the start, and is answered
        shown = f" (for a proxy that shows it under {root_path})" if root_path else ""
        logger.info("Listening on http://%s:%d%s", *_address(listener), shown)
        with _ended_by_signals():
            uvicorn.Server(config).run([listener])
    logger.info("Ended.")


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """Take the address before anything is loaded.

    Raises:
        AddressError: It can't be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((host, port))
        except (OSError, OverflowError) as error:
            why = getattr(error, "strerror", None) or str(error)
            msg = f"Nothing can listen on {host}:{port}: {why}. Choose another --host or --port."
            raise AddressError(msg) from error
        yield listener


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _address(listener: socket.socket) -> tuple[str, int]:
    host, port = listener.getsockname()[:2]
    return (f"[{host}]" if ":" in host else host), port


@contextmanager
def _ended_by_signals() -> Iterator[None]:
    """Let the end by a signal be a good one: uvicorn raises it again when it is done."""

    def nothing_more(*_: object) -> None:
        """The service has ended already."""

    former = {each: signal.signal(each, nothing_more) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for each, handler in former.items():
            signal.signal(each, handler)
