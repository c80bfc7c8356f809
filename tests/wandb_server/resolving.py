"""How GraphQL fields find their values: a table of functions, else the record's attribute."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

from graphql import (
    DocumentNode,
    ExecutionResult,
    GraphQLError,
    GraphQLResolveInfo,
    build_schema,
    execute_sync,
    parse,
    validate,
)

from wandb_server.state import State

Resolver = Callable[..., Any]
F = TypeVar("F", bound=Resolver)

SCHEMA = build_schema((Path(__file__).parent / "schema.graphql").read_text(encoding="utf-8"))
_RESOLVERS: dict[str, Resolver] = {}


class Link(str):
    """A path on this server; the client is told it with the server's address."""

    __slots__ = ()


def resolves(*fields: str) -> Callable[[F], F]:
    """Register a function as the value of fields such as ``Run.history``.

    It is called with the record and the GraphQL arguments in snake case; a mutation's ``input``
    comes as the only argument, a dictionary.
    """

    def register(function: F) -> F:
        for name in fields:
            _RESOLVERS[name] = function
        return function

    return register


@functools.cache
def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _resolve(source: Any, info: GraphQLResolveInfo[str], **arguments: Any) -> Any:
    own = _RESOLVERS.get(f"{info.parent_type.name}.{info.field_name}")
    if own is None and isinstance(source, dict):
        value = source.get(info.field_name)
        return f"{info.context}{value}" if isinstance(value, Link) else value
    if own is None:
        return getattr(source, _snake(info.field_name))
    if "input" in arguments:
        return own(source, arguments["input"])
    return own(source, **{_snake(name): value for name, value in arguments.items()})


def execute(state: State, call: dict[str, Any], address: str) -> ExecutionResult:
    """Answer a GraphQL call: ``query``, ``variables`` and ``operationName``."""
    document = _document(call["query"])
    if not isinstance(document, DocumentNode):
        return ExecutionResult(data=None, errors=document)
    return execute_sync(
        SCHEMA,
        document,
        root_value=state,
        context_value=address,
        variable_values=call.get("variables"),
        operation_name=call.get("operationName") or None,  # the SDK sends an empty one
        field_resolver=_resolve,
        type_resolver=lambda value, _info, _type: value.kind,
    )


@functools.lru_cache(maxsize=256)
def _document(query: str) -> DocumentNode | list[GraphQLError]:
    """Return a query as it is executed, or what is wrong with it; clients repeat the same few."""
    try:
        document = parse(query)
    except GraphQLError as error:
        return [error]
    return validate(SCHEMA, document) or document


def connection(
    nodes: Iterable[Any], after: str | None = None, first: int | None = None
) -> dict[str, Any]:
    """Return a page of nodes as GraphQL connections have it."""
    everything = list(nodes)
    start = int(after) if after else 0
    stop = min(len(everything), start + (first or len(everything)))
    edges = [
        {"cursor": str(start + place), "node": node}
        for place, node in enumerate(everything[start:stop], start=1)
    ]
    return {
        "totalCount": len(everything),
        "pageInfo": {"endCursor": str(stop), "hasNextPage": stop < len(everything)},
        "edges": edges,
    }
