"""The service as an ASGI application."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from typing import Any

from fastapi import Depends, FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from rental_pricing import __version__
from rental_pricing.serving import estimates, facts, static
from rental_pricing.serving.access import HEADER, Access
from rental_pricing.serving.observing import Observing
from rental_pricing.serving.problems import ProblemError, problem_response
from rental_pricing.serving.schemas import components
from rental_pricing.serving.service import Service

_ABOUT = """Prices per night of short-term rentals, with intervals, similar listings and reasons.

Each answer has a request id (`X-Request-ID`, taken over from the request if it is sane) and is
of one model. Errors are problem details (RFC 9457)."""


def create_app(service: Service) -> FastAPI:
    """Return the application of a service.

    Args:
        service: Its parts; they run as long as the application does.
    """

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        with service.running():
            yield

    app = FastAPI(
        title="Rental Pricing",
        version=__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,  # to an address that a proxy may not know
        exception_handlers={ProblemError: _tell, HTTPException: _tell_http},
    )
    app.state.service = service
    wanted = [Depends(Access(service.key))]
    app.include_router(estimates.router, dependencies=wanted)
    app.include_router(facts.router, dependencies=wanted)
    app.include_router(facts.open_router)
    app.include_router(static.router)
    description = _description(app, service)

    @app.get("/openapi.json", include_in_schema=False)
    async def openapi(request: Request) -> Response:
        root = request.scope.get("root_path")
        return JSONResponse(description | ({"servers": [{"url": root}]} if root else {}))

    app.add_middleware(Observing, metrics=service.metrics)
    return app


def _description(app: FastAPI, service: Service) -> dict[str, Any]:
    found = get_openapi(
        title=app.title,
        version=app.version,
        openapi_version="3.0.3",
        description=_ABOUT,
        routes=app.routes,
    )
    found["components"] = {"schemas": components(service.limits)}
    if service.key:
        scheme = {"type": "apiKey", "in": "header", "name": HEADER}
        found["components"]["securitySchemes"] = {"key": scheme}
        found["security"] = [{"key": []}]
    return found


async def _tell(request: Request, error: Exception) -> Response:
    problem = error if isinstance(error, ProblemError) else ProblemError(*_OTHER)
    return problem_response(problem, request.scope["path"], request.state.request_id)


async def _tell_http(request: Request, error: Exception) -> Response:
    """Tell what the framework itself refuses: unknown paths and methods."""
    if not isinstance(error, HTTPException):
        return await _tell(request, error)
    path = request.scope["path"]
    said = {
        HTTPStatus.NOT_FOUND: f"There is no {path} here.",
        HTTPStatus.METHOD_NOT_ALLOWED: f"{path} can't be asked by {request.method}.",
    }
    status = HTTPStatus(error.status_code)
    problem = ProblemError(status, said.get(status, status.phrase), headers=error.headers)
    return await _tell(request, problem)


_OTHER = HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.INTERNAL_SERVER_ERROR.phrase
