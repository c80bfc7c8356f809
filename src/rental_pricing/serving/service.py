"""What the routes share: the model in use, the counters, the threads and the challenger."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http import HTTPStatus

from starlette.requests import Request

from rental_pricing.serving.answering import answer
from rental_pricing.serving.asking import Question
from rental_pricing.serving.limits import Pricing
from rental_pricing.serving.metrics import Metrics
from rental_pricing.serving.models import Holder, ServedModel
from rental_pricing.serving.parameters import ServingParameters
from rental_pricing.serving.problems import ProblemError
from rental_pricing.serving.reload import Follower, Source
from rental_pricing.serving.shadow import Shadow


class Service:
    """The parts of one service.

    Attributes:
        source: Where models come from.
        limits: How much it takes on.
        groups: Columns of an explanation, by the name of their group.
        key: That clients have to know; ``None`` or empty for none.
        challenger: A model whose prices are compared with those that are answered.
        holder: The model in use.
        metrics: What is counted.
        pricing: The threads that price; only while it runs.
        shadow: What asks the challenger; only while it runs.
    """

    pricing: Pricing
    shadow: Shadow | None

    def __init__(
        self,
        source: Source,
        limits: ServingParameters,
        groups: Mapping[str, Sequence[str]],
        *,
        key: str | None = None,
        challenger: ServedModel | None = None,
    ) -> None:
        """Put the parts together; nothing runs yet."""
        self.source, self.limits, self.groups = source, limits, groups
        self.key, self.challenger = key, challenger
        self.holder = Holder()
        self.metrics = Metrics(self.holder)
        self.shadow = None

    @contextmanager
    def running(self) -> Iterator[None]:
        """Follow the store, and be ready to price."""
        limits = self.limits
        self.pricing = Pricing(limits.threads, limits.answer_seconds)
        if self.challenger is not None:
            self.shadow = Shadow(self.challenger, self.metrics, limits.shadow_queue)
        follower = Follower(self.source, self.holder, self.metrics, self.try_out)
        follower.start(limits.poll_seconds)
        try:
            yield
        finally:
            follower.stop()
            self.pricing.close()
            if self.shadow is not None:
                self.shadow.close()

    def served(self) -> ServedModel:
        """Return the model in use.

        Raises:
            ProblemError: There is none yet.
        """
        served = self.holder.served
        if served is None:
            msg = "No model is in production yet. Ask again later."
            raise ProblemError(HTTPStatus.SERVICE_UNAVAILABLE, msg, headers={"Retry-After": "10"})
        return served

    def try_out(self, served: ServedModel) -> None:
        """Let a model answer all that can be asked; then the first client need not wait either."""
        listings = served.model.example_frame()
        question = Question(listings, list(range(len(listings))), 1, explain=True)
        answer(question, served.model, self.groups, served.currency)
        _ = served.places, served.identity


def service_of(request: Request) -> Service:
    """Return the service that a request is for."""
    service: Service = request.app.state.service
    return service
