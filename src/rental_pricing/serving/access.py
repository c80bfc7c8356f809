"""Who may ask: anyone, or where a key is wanted, who knows it."""

from __future__ import annotations

import hmac
from http import HTTPStatus

from starlette.requests import Request

from rental_pricing.serving.problems import ProblemError

VARIABLE = "RENTAL_PRICING_API_KEY"
"""Environment variable that holds the key; unset or empty, none is wanted."""

HEADER = "X-API-Key"


class Access:
    """Lets those in who know the key."""

    def __init__(self, key: str | None) -> None:
        """Remember the key.

        Args:
            key: ``None`` or empty for none.
        """
        self._key = key.encode() if key else None

    async def __call__(self, request: Request) -> None:
        """Look at a request; in constant time, so that the key can't be found out by trying.

        Raises:
            ProblemError: It lacks the key.
        """
        given = request.headers.get(HEADER)
        if self._key is None or hmac.compare_digest((given or "").encode("latin-1"), self._key):
            return
        what = "The key is another one" if given else "A key is needed"
        raise ProblemError(
            HTTPStatus.UNAUTHORIZED,
            f"{what}: send it in the header {HEADER}.",
            headers={"WWW-Authenticate": f'ApiKey header="{HEADER}"'},
        )
