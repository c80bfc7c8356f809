"""Routes that tell of the service and of its model."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from rental_pricing.serving.metrics import CONTENT_TYPE
from rental_pricing.serving.schemas import problems, told
from rental_pricing.serving.service import service_of

open_router = APIRouter(tags=["service"])
"""For whoever looks after the service: open to all."""

router = APIRouter(tags=["model"])

_OBJECT = {"type": "object"}


@open_router.get(
    "/health", summary="Alive?", response_class=Response, responses={200: told("Yes.", _OBJECT)}
)
async def health() -> Response:
    """Answer as long as the process works, whether it has a model or not."""
    return JSONResponse({"status": "alive"})


@open_router.get(
    "/ready",
    summary="Ready to price?",
    response_class=Response,
    responses={200: told("Yes.", _OBJECT), **problems(503)},
)
async def ready(request: Request) -> Response:
    """Tell whether there is a model."""
    served = service_of(request).served()
    return JSONResponse({"status": "ready", "model": served.stored.version})


@router.get(
    "/model",
    summary="The model in use",
    response_class=Response,
    responses={200: told("Version, measures, origin.", _OBJECT), **problems(401, 503)},
)
async def model(request: Request) -> Response:
    """Tell which model is in use, how good it was on test listings, and where it comes from."""
    return JSONResponse(service_of(request).served().described())


@router.get(
    "/places",
    summary="The market's places",
    response_class=Response,
    responses={
        200: told("Bounds, boroughs with neighbourhoods, room types, points.", _OBJECT),
        304: {"description": "As it was."},
        **problems(401, 503),
    },
)
async def places(request: Request) -> Response:
    """Tell what a map of the market can be drawn from; it changes with the model alone."""
    served = service_of(request).served()
    tag = f'"{served.stored.digest}"'
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    known = [each.strip() for each in request.headers.get("If-None-Match", "").split(",")]
    if tag in known or "*" in known:
        return Response(status_code=304, headers=headers)
    return Response(served.places, media_type="application/json", headers=headers)


@router.get(
    "/metrics",
    summary="Counters",
    response_class=Response,
    responses={
        200: told("As Prometheus reads them.", {"type": "string"}, "text/plain"),
        **problems(401),
    },
)
async def metrics(request: Request) -> Response:
    """Tell what was counted since the start."""
    return Response(service_of(request).metrics.exposed(), media_type=CONTENT_TYPE)
