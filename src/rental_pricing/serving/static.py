"""What is shown in a browser: the page, and the description of the API. All of it from here."""

from __future__ import annotations

from http import HTTPStatus
from pathlib import Path

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from rental_pricing.serving.problems import ProblemError

PAGE = Path(__file__).with_name("page")

_POLICY = "default-src 'self'"
_DOCS_POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'"
"""Swagger UI sets styles of its elements, and holds its pictures in itself."""

_DOCS = """<!doctype html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width">
  <title>Rental Pricing: API</title>
  <link rel="stylesheet" href="docs/swagger-ui.css">
  <link rel="icon" href="docs/favicon-32x32.png">
</head>
<body>
  <div id="api"></div>
  <script src="docs/swagger-ui-bundle.js"></script>
  <script src="docs/start.js"></script>
</body>
</html>
"""
_START = """SwaggerUIBundle({
  url: "openapi.json",
  dom_id: "#api",
  deepLinking: true,
  validatorUrl: null,
});
"""
_DOCS_FILES = ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png")

router = APIRouter(include_in_schema=False)


@router.get("/")
def page() -> Response:
    """Return the page on which people ask for a price."""
    return _file(PAGE, "index.html")


@router.get("/page/{name:path}")
def page_file(name: str) -> Response:
    """Return a part of the page."""
    return _file(PAGE, name)


@router.get("/docs")
def docs() -> Response:
    """Return the description of the API, to read and to try."""
    return HTMLResponse(_DOCS, headers={"Content-Security-Policy": _DOCS_POLICY})


@router.get("/docs/start.js")
def docs_start() -> Response:
    """Return the script that opens the description."""
    return Response(_START, media_type="text/javascript")


@router.get("/docs/{name}")
def docs_file(name: str, request: Request) -> Response:
    """Return a part of Swagger UI."""
    from swagger_ui_bundle import swagger_ui_path  # noqa: PLC0415 - few look at it

    if name not in _DOCS_FILES:
        raise absent(request.url.path)
    return FileResponse(Path(swagger_ui_path) / name, headers=_CACHED)


_CACHED = {"Cache-Control": "no-cache"}
"""Kept by browsers, which ask whether it is still the same."""


def _file(folder: Path, name: str) -> Response:
    """Return a file below a folder.

    Raises:
        ProblemError: There is none.
    """
    if "\0" in name:
        raise absent(name)
    file = (folder / name).resolve()
    if not file.is_relative_to(folder.resolve()) or not file.is_file():
        raise absent(name)
    return FileResponse(file, headers={**_CACHED, "Content-Security-Policy": _POLICY})


def absent(what: str) -> ProblemError:
    """Return the problem of something that is not there."""
    return ProblemError(HTTPStatus.NOT_FOUND, f"There is no {what} here.")
