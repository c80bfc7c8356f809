"""One thread for the libraries that would take more: the same bits, and no waiting."""

from __future__ import annotations

import functools
from typing import Any

from threadpoolctl import ThreadpoolController


@functools.cache
def _pools() -> ThreadpoolController:
    # Finding the thread pools takes some milliseconds: too long for each prediction.
    return ThreadpoolController()


def one_thread(api: str | None = None) -> Any:
    """Return a context in which OpenMP and BLAS, or one of them, take one thread.

    On a machine with other work their threads wait for one another so busily that they
    become many times slower than one.

    Args:
        api: ``openmp`` or ``blas``; both if left out.
    """
    return _pools().limit(limits=1, user_api=api)
