"""Routes that price."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from functools import partial
from http import HTTPStatus
from tempfile import SpooledTemporaryFile
from typing import Any

import pandas as pd
from fastapi import APIRouter
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from rental_pricing.inference.pricing import priced
from rental_pricing.inference.streams import TableStream, csv_blocks
from rental_pricing.model.price_model import PRICES
from rental_pricing.serving.answering import Answer, answer
from rental_pricing.serving.asking import Question, read_question
from rental_pricing.serving.files import SentFile
from rental_pricing.serving.limits import MEGABYTE, read_body, spool_body
from rental_pricing.serving.metrics import Metrics
from rental_pricing.serving.models import ServedModel
from rental_pricing.serving.problems import ProblemError
from rental_pricing.serving.schemas import problems, reference, told
from rental_pricing.serving.service import Service, service_of
from rental_pricing.serving.shadow import Answered

JSON, CSV = "application/json", "text/csv"
_FILES = {CSV, "application/gzip", "application/x-gzip", "application/octet-stream"}
_IN_MEMORY = 4 * MEGABYTE
"""Larger files are kept on the disk while they are priced."""

router = APIRouter(tags=["estimates"])


def _body(*media_types: str, schema: dict[str, Any]) -> dict[str, Any]:
    content = {each: {"schema": schema} for each in media_types}
    return {"requestBody": {"required": True, "content": content}}


@router.post(
    "/estimates",
    summary="Price listings",
    response_class=Response,
    responses={
        200: told("An estimate for each listing, in their order.", reference("Answer")),
        **problems(401, 408, 413, 415, 422, 500, 503, 504),
    },
    openapi_extra=_body(JSON, schema={"anyOf": [reference("Question"), reference("Listing")]}),
)
async def estimates(request: Request) -> Response:
    """Price one listing, or many at once.

    What can't be priced soundly has no price, but a reason: a place outside of the market, an
    unknown room type. All of an answer is of one model.
    """
    service, limits = service_of(request), service_of(request).limits
    _require_kind(request, {JSON})
    body = await read_body(request, limits.max_body_megabytes * MEGABYTE, limits.answer_seconds)
    served, request_id = service.served(), request.state.request_id
    question, found, content = await service.pricing.run(
        partial(_answered, body, service, served, request_id)
    )
    service.metrics.count_listings(len(question.ids), found.refusals)
    background = None
    if service.shadow is not None:
        version = str(served.stored)
        answered = Answered(request_id, version, question.listings, found.prices)
        background = BackgroundTask(service.shadow.offer, answered)
    return Response(content, media_type=JSON, background=background)


def _answered(
    body: bytes, service: Service, served: ServedModel, request_id: str
) -> tuple[Question, Answer, bytes]:
    """Read, price and write, all in one thread."""
    question = read_question(body, service.limits)
    found = answer(question, served.model, service.groups, served.currency)
    whole = {"request_id": request_id, "model": served.summary(), "estimates": found.estimates}
    return question, found, json.dumps(whole, separators=(",", ":"), allow_nan=False).encode()


@router.post(
    "/estimates/file",
    summary="Price a file",
    response_class=Response,
    responses={
        200: told("A row for each listing, in their order.", {"type": "string"}, CSV),
        **problems(401, 408, 413, 415, 422, 500, 503, 504),
    },
    openapi_extra=_body(CSV, "application/gzip", schema={"type": "string", "format": "binary"}),
)
async def estimates_file(request: Request) -> Response:
    """Price a CSV with the columns of a drop, maybe packed by gzip, of any number of rows.

    Answers as the pipeline `inference` writes it: id, typical_price, price_low, price_high,
    model, model_version, model_data, model_age_weeks, note. Ids must differ. All of the file is
    read before the first price is told.
    """
    service, limits = service_of(request), service_of(request).limits
    _require_kind(request, _FILES)
    most = limits.max_file_megabytes * MEGABYTE
    file = SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - closed when the answer is complete
    try:
        await spool_body(request, file, most, limits.file_seconds)
        sent, served = SentFile(file, most), service.served()
        checked = sent.checked()
        while await service.pricing.run(partial(next, checked, _END)) is not _END:
            pass
    except BaseException:
        file.close()
        raise
    stream = priced(sent.listings(), served.model)

    async def blocks() -> AsyncIterator[bytes]:
        made = csv_blocks(_counted(stream, service.metrics))
        with file:
            while isinstance(block := await service.pricing.run(partial(next, made, _END)), bytes):
                yield block

    headers = {"Content-Disposition": 'attachment; filename="price_estimates.csv"'}
    return StreamingResponse(blocks(), media_type=CSV, headers=headers)


_END = object()


def _counted(stream: TableStream, metrics: Metrics) -> TableStream:
    def pieces() -> Iterator[pd.DataFrame]:
        for piece in stream.make():
            unpriced = int(piece[PRICES[0]].isna().sum())
            metrics.priced.inc(len(piece) - unpriced)
            metrics.unpriced.labels("in_a_file").inc(unpriced)
            yield piece

    return TableStream(stream.schema, pieces)


def _require_kind(request: Request, accepted: set[str]) -> None:
    """Refuse a body of another kind; one that tells none is taken for what is wanted.

    Raises:
        ProblemError: It says that it is something else.
    """
    kind = request.headers.get("Content-Type", "").split(";")[0].strip().lower()
    if kind and kind not in accepted:
        msg = f"The body must be {' or '.join(sorted(accepted))}."
        raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, msg)
