"""The HTTP side: GraphQL, the file stream, and the storage for uploads and downloads."""

from __future__ import annotations

import base64
import json
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

# Imported for the fields that they register.
from wandb_server import artifacts, names, runs, saving
from wandb_server.records import OUTPUT, Artifact, Record, Refused, Run
from wandb_server.resolving import execute
from wandb_server.state import State

__all__ = ["artifacts", "make_app", "names", "runs", "saving"]


class _Handlers:
    """One method for each route."""

    def __init__(self, state: State, api_key: str) -> None:
        self._state = state
        credentials = base64.b64encode(f"api:{api_key}".encode()).decode()
        self._authorization = f"Basic {credentials}"

    def _is_stranger(self, request: Request) -> bool:
        return request.headers.get("authorization") != self._authorization

    async def graphql(self, request: Request) -> Response:
        if self._is_stranger(request):
            return JSONResponse({"errors": [{"message": "invalid API key"}]}, 401)
        result = execute(self._state, await request.json(), str(request.base_url).rstrip("/"))
        answer: dict[str, Any] = {"data": result.data}
        if result.errors:
            answer["errors"] = [{"message": error.message} for error in result.errors]
            request.scope["seen"].errors = [error.message for error in result.errors]
        return JSONResponse(answer, 400 if result.errors and result.data is None else 200)

    async def file_stream(self, request: Request) -> Response:
        if self._is_stranger(request):
            return JSONResponse({"error": "invalid API key"}, 401)
        place = request.path_params
        run = self._state.run(place["entity"], place["project"], place["run"])
        sent = await request.json()
        for file, chunk in (sent.get("files") or {}).items():
            run.stream(file, chunk["offset"], chunk["content"])
        if sent.get("complete"):
            run.end(sent["exitcode"])
        if OUTPUT in run.lines:
            run.files[OUTPUT] = "".join(run.lines[OUTPUT]).encode()
        return JSONResponse({"exitcode": None, "limits": {}})

    def _numbered(self, number: int) -> Record | None:
        records = self._state.records.values()
        return next((record for record in records if record.number == number), None)

    async def run_file(self, request: Request) -> Response:
        run = self._numbered(request.path_params["number"])
        name = request.path_params["name"]
        if not isinstance(run, Run):
            return Response(status_code=404)
        if request.method == "PUT":
            run.files[name] = await request.body()
            return Response()
        return _bytes(run.files.get(name))

    async def manifest(self, request: Request) -> Response:
        artifact = self._numbered(request.path_params["number"])
        if not isinstance(artifact, Artifact):
            return Response(status_code=404)
        if request.method == "PUT":
            artifact.store_manifest(await request.body())
            return Response()
        return _bytes(artifact.manifest)

    async def artifact_file(self, request: Request) -> Response:
        artifact = self._numbered(request.path_params["number"])
        if not isinstance(artifact, Artifact):
            return Response(status_code=404)
        digest = _base64(request.path_params["hexdigest"])
        if request.method == "PUT":
            artifact.collection.store(digest, await request.body())
            return Response()
        return _bytes(artifact.collection.blobs.get(digest))

    async def single_file(self, request: Request) -> Response:
        """Serve one entry, for which the SDK makes up the address itself."""
        if self._is_stranger(request):
            return Response(status_code=401)
        place = request.path_params
        project = self._state.project(place["entity"], place["project"])
        collection = project and project.collections.get(place["collection"])
        digest = _base64(place["hexdigest"])
        return _bytes(collection.blobs.get(digest) if collection else None)


def _base64(hexdigest: str) -> str:
    return base64.b64encode(bytes.fromhex(hexdigest)).decode()


def _bytes(content: bytes | None) -> Response:
    return Response(status_code=404) if content is None else Response(content)


async def _refused(_: Request, reason: Exception) -> Response:
    return Response(json.dumps({"error": str(reason)}), status_code=400)


def make_app(state: State, api_key: str) -> Starlette:
    """Return the ASGI application for a state."""
    do = _Handlers(state, api_key)
    store = ["GET", "PUT"]
    single = "/artifactsV2/{region}/{entity}/{project}/{collection}/{birth}/{hexdigest}/{name:path}"
    return Starlette(
        routes=[
            Route("/graphql", do.graphql, methods=["POST"]),
            Route("/files/{entity}/{project}/{run}/file_stream", do.file_stream, methods=["POST"]),
            Route("/storage/runs/{number:int}/{name:path}", do.run_file, methods=store),
            Route("/storage/manifests/{number:int}", do.manifest, methods=store),
            Route("/storage/artifacts/{number:int}/{hexdigest}", do.artifact_file, methods=store),
            Route(single, do.single_file),
        ],
        exception_handlers={Refused: _refused},
    )
