"""What the description of the API allows is answered as it says; what it does not, is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import positive_data_acceptance

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.testclient import TestClient

pytestmark = pytest.mark.slow

FACTS = ("/health", "/ready", "/model", "/places", "/metrics")


@pytest.fixture
def description(make_client: Callable[..., TestClient]) -> Any:
    """The service's own description, of a service that is ready."""
    return schemathesis.openapi.from_asgi("/openapi.json", make_client().app)


ASKED = [
    ("/estimates", "POST", GenerationMode.POSITIVE),
    ("/estimates", "POST", GenerationMode.NEGATIVE),
    ("/estimates/file", "POST", GenerationMode.POSITIVE),
    *((path, "GET", GenerationMode.POSITIVE) for path in FACTS),
]


@pytest.mark.parametrize(("path", "method", "mode"), ASKED)
def test_the_service_is_as_it_describes_itself(
    description: Any, path: str, method: str, mode: GenerationMode
) -> None:
    """Statuses, media types and bodies; good questions are answered, others refused."""
    # Not every text is a CSV with the columns of a drop.
    left_out = [positive_data_acceptance] if path == "/estimates/file" else []

    @settings(max_examples=80 if method == "POST" else 3, suppress_health_check=list(HealthCheck))
    @given(case=description[path][method].as_strategy(generation_mode=mode))
    def ask(case: Any) -> None:
        case.call_and_validate(excluded_checks=left_out)

    ask()


def test_nothing_is_left_out(description: Any) -> None:
    """All that is described is asked."""
    operations = [each.ok() for each in description.get_all_operations()]
    assert {(each.path, each.method.upper()) for each in operations} == {
        (path, method) for path, method, _ in ASKED
    }
