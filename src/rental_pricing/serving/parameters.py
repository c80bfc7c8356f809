"""Parameters of the service: the block ``serving``."""

from __future__ import annotations

from pydantic import Field

from rental_pricing.listings.parameters import Parameters


class ServingParameters(Parameters):
    """How much the service takes on, and how long it lets anyone wait.

    Attributes:
        max_listings: Most listings of one request.
        max_similar: Most similar listings that are named for each.
        max_explained: Most listings of one request whose prices are explained.
        max_body_megabytes: Largest body of a request, 10**6 bytes.
        max_file_megabytes: Largest file to price, 10**6 bytes, unpacked too.
        answer_seconds: Longest time until an answer begins, and for the body of a request.
        file_seconds: Longest time for a file to arrive.
        drain_seconds: Longest time that requests under way get when the service is ended.
        threads: Requests that are priced at the same time; others wait for their turn.
        poll_seconds: How often the store is asked which model is in production.
        shadow_queue: Most requests that wait for the challenger; further ones are left out.
    """

    max_listings: int = Field(ge=1, le=100_000)
    max_similar: int = Field(ge=0, le=100)
    max_explained: int = Field(ge=0, le=10_000)
    max_body_megabytes: float = Field(gt=0, le=1000)
    max_file_megabytes: float = Field(gt=0, le=100_000)
    answer_seconds: float = Field(gt=0, le=3600)
    file_seconds: float = Field(gt=0, le=86_400)
    drain_seconds: float = Field(ge=0, le=3600)
    threads: int = Field(ge=1, le=64)
    poll_seconds: float = Field(gt=0, le=86_400)
    shadow_queue: int = Field(ge=1, le=100_000)
