"""Processes that judge trials, and that end when the search does, however it ends."""

from __future__ import annotations

import functools
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from joblib import Parallel, delayed, parallel_config

from rental_pricing.engine.engine import ONE_PROCESS, Engine

if TYPE_CHECKING:
    from collections.abc import Callable

    Run = Callable[..., Iterator[Any]]

_LOOK_EVERY = 0.5  # seconds


@contextmanager
def workers(number: int, engine: Engine = ONE_PROCESS) -> Iterator[Run]:
    """Give a function that calls another one for each of some things, in their order.

    It takes the function, the things, and further arguments that all calls share. On a cluster
    the calls go through joblib's Dask backend, which sends those once.

    Where this process is killed, its workers end within a second or two: joblib's would go on
    until their trials are done, and then wait for five minutes.

    Args:
        number: Of processes; 1 works in this one.
        engine: Where it has a cluster, that one works, and the number does not count.
    """
    if engine.client is not None:
        yield functools.partial(_on_cluster, engine.client)
        return
    with Parallel(n_jobs=number, return_as="generator", max_nbytes=None) as parallel:

        def run(function: Callable[..., Any], things: Sequence[Any], *shared: Any) -> Iterator[Any]:
            call = delayed(functools.partial(_called, os.getpid(), function))
            yield from parallel(call(each, *shared) for each in things)

        yield run


def _on_cluster(
    client: Any, function: Callable[..., Any], things: Sequence[Any], *shared: Any
) -> Iterator[Any]:
    call = delayed(function)
    with (
        parallel_config(backend="dask", client=client, scatter=list(shared)),
        Parallel(n_jobs=-1, return_as="generator") as parallel,
    ):
        yield from parallel(call(each, *shared) for each in things)


def _called(parent: int, function: Callable[..., Any], thing: Any, *shared: Any) -> Any:
    if os.getpid() != parent:
        _end_with(parent)
    return function(thing, *shared)


@functools.cache
def _end_with(parent: int) -> None:
    """Let this process end once the one that has started it is no more."""

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(_LOOK_EVERY)
        os._exit(1)  # whatever it is at: nobody waits for it

    threading.Thread(target=watch, daemon=True).start()
