"""Questions to W&B's server in GraphQL, with the fields that its SDK asks for too.

The SDK's own listings break on a version that was announced and never committed, and ask
once more for each version's maker.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from kedro_wandb.stores.base import Version
from kedro_wandb.stores.wandb.records import config_by_node, told_by_node

Ask = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
"""Sends a question with its variables, and returns the data of the answer."""

Link = Literal["inputArtifacts", "outputArtifacts"]

_AT_ONCE = 20
"""Collections that are asked for in one request."""

_RUNS_AT_ONCE = 50
"""Runs that are asked for in one request."""

_VERSION = """
fragment Told on Artifact {
  id state digest versionIndex size description metadata createdAt
  artifactType { name }
  artifactSequence { name }
  aliases { alias artifactCollection { name } }
  createdBy { __typename ... on Run { name } }
}
"""

_PAGE = "pageInfo { endCursor hasNextPage } edges { node { ...Told } }"

_LINKS = """
query Links($entity: String, $project: String, $run: String!, $after: String) {
  project(name: $project, entityName: $entity) {
    run(name: $run) { found: %s(first: 100, after: $after) { %s } }
  }
}
"""

_RUN = f"""
query SyncedRun(
  $entity: String, $project: String, $run: String!,
  $inputs: String, $outputs: String, $files: String
) {{
  project(name: $project, entityName: $entity) {{
    run(name: $run) {{
      state config summaryMetrics historyLineCount
      files(first: 100, after: $files) {{
        pageInfo {{ endCursor hasNextPage }} edges {{ node {{ name sizeBytes }} }}
      }}
      inputs: inputArtifacts(first: 100, after: $inputs) {{ {_PAGE} }}
      outputs: outputArtifacts(first: 100, after: $outputs) {{ {_PAGE} }}
    }}
  }}
}}
{_VERSION}
"""

_LOGS = """
query Logs($entity: String, $project: String, $filters: JSONString) {
  project(name: $project, entityName: $entity) {
    runs(filters: $filters, order: "-created_at", first: 100) {
      edges { node { name outputArtifacts(first: 100) { edges { node { id state } } } } }
    }
  }
}
"""

_USE = """
mutation UseArtifact(
  $entity: String!, $project: String!, $run: String!, $id: ID!
) {
  useArtifact(
    input: {entityName: $entity, projectName: $project, runName: $run, artifactID: $id}
  ) { artifact { id } }
}
"""

_PUT_ALIAS = """
mutation AddAliases($input: AddAliasesInput!) { addAliases(input: $input) { success } }
"""

_DROP_ALIAS = """
mutation DeleteAliases($input: DeleteAliasesInput!) { deleteAliases(input: $input) { success } }
"""


@dataclass(frozen=True)
class Remote:
    """A version on the server.

    Attributes:
        id: W&B's.
        version: As a store tells it.
    """

    id: str
    version: Version

    @property
    def created(self) -> float:
        """When it was made, in seconds since the epoch."""
        return dt.datetime.fromisoformat(self.version.created).timestamp()


@dataclass(frozen=True)
class RemoteRun:
    """A run on the server.

    Attributes:
        state: In W&B's words.
        config: Values by key.
        summary: Values by key.
        rows: How many lines its history has.
        files: Sizes by name.
        inputs: Name and digest of what it used.
        outputs: Name and digest of what it logged, as far as the server lists that.
    """

    state: str
    config: Mapping[str, Any]
    summary: Mapping[str, Any]
    rows: int
    files: Mapping[str, int]
    inputs: frozenset[tuple[str, str]]
    outputs: frozenset[tuple[str, str]]


def linked(ask: Ask, place: Mapping[str, Any], run: str, link: Link) -> list[Remote]:
    """Return the versions that a run used or logged; none if there is no such run."""
    query = _LINKS % (link, _PAGE) + _VERSION

    def page(after: str | None) -> Mapping[str, Any] | None:
        found = _of(ask(query, {**place, "run": run, "after": after}), "run")
        return None if found is None else found["found"]

    return [each for answer in _pages(page) for each in _committed(answer)]


def run_of(ask: Ask, place: Mapping[str, Any], run: str) -> RemoteRun | None:
    """Return a run, if there is one."""
    cursors: dict[str, str | None] = dict.fromkeys(("inputs", "outputs", "files"))
    links: dict[str, set[tuple[str, str]]] = {"inputs": set(), "outputs": set()}
    files: dict[str, int] = {}
    while True:
        found = _of(ask(_RUN, {**place, "run": run, **cursors}), "run")
        if found is None:
            return None
        files |= {each["name"]: int(each["sizeBytes"]) for each in _nodes(found["files"])}
        for key, content in links.items():
            versions = (each.version for each in _committed(found[key]))
            content |= {(each.name, each.digest) for each in versions}
        pages = {key: found[key]["pageInfo"] for key in cursors}
        if not any(each["hasNextPage"] for each in pages.values()):
            return RemoteRun(
                state=found["state"],
                config=config_by_node(found),
                summary=json.loads(found["summaryMetrics"] or "{}"),
                rows=found["historyLineCount"] or 0,
                files=files,
                inputs=frozenset(links["inputs"]),
                outputs=frozenset(links["outputs"]),
            )
        cursors |= {key: each["endCursor"] for key, each in pages.items() if each["hasNextPage"]}


def states_of(ask: Ask, place: Mapping[str, Any], runs: Sequence[str]) -> dict[str, str]:
    """Return the states of those runs that are there, in W&B's words."""
    states: dict[str, str] = {}
    for first in range(0, len(runs), _RUNS_AT_ONCE):
        some = runs[first : first + _RUNS_AT_ONCE]
        arguments = ", ".join(f"$run{each}: String!" for each in range(len(some)))
        fields = " ".join(
            f"r{each}: run(name: $run{each}) {{ state }}" for each in range(len(some))
        )
        query = (
            f"query States($entity: String, $project: String, {arguments}) {{"
            f" project(name: $project, entityName: $entity) {{ {fields} }} }}"
        )
        names = {f"run{number}": run for number, run in enumerate(some)}
        answer = _project(ask(query, {**place, **names}))
        found = {run: answer.get(f"r{number}") for number, run in enumerate(some)}
        states |= {run: each["state"] for run, each in found.items() if each is not None}
    return states


def versions_of(
    ask: Ask, place: Mapping[str, Any], names: Sequence[str]
) -> dict[str, list[Remote]]:
    """Return the committed versions by name, newest first; no key for a name that is unknown."""
    versions: dict[str, list[Remote]] = {}
    for first in range(0, len(names), _AT_ONCE):
        wanted: dict[str, str | None] = dict.fromkeys(names[first : first + _AT_ONCE])
        while wanted:
            answer = _project(ask(_collections_query(len(wanted)), _collections(place, wanted)))
            following: dict[str, str | None] = {}
            for number, name in enumerate(wanted):
                found = answer.get(f"c{number}")
                if found is None:
                    continue
                versions.setdefault(name, []).extend(_committed(found["artifacts"]))
                info = found["artifacts"]["pageInfo"]
                if info["hasNextPage"]:
                    following[name] = info["endCursor"]
            wanted = following
    for found in versions.values():
        found.sort(key=lambda each: each.version.number, reverse=True)
    return versions


def _collections_query(number: int) -> str:
    arguments = ", ".join(f"$name{each}: String!, $after{each}: String" for each in range(number))
    fields = "\n".join(
        f"c{each}: artifactCollection(name: $name{each}) {{"
        f" artifacts(first: 100, after: $after{each}) {{ {_PAGE} }} }}"
        for each in range(number)
    )
    return (
        f"query Versions($entity: String, $project: String, {arguments}) {{"
        f" project(name: $project, entityName: $entity) {{ {fields} }} }} {_VERSION}"
    )


def _collections(place: Mapping[str, Any], wanted: Mapping[str, str | None]) -> dict[str, Any]:
    names = {f"name{number}": name for number, name in enumerate(wanted)}
    cursors = {f"after{number}": after for number, after in enumerate(wanted.values())}
    return {**place, **names, **cursors}


def logs_of(ask: Ask, place: Mapping[str, Any], job_type: str | None) -> dict[str, set[str]]:
    """Return what the newest hundred runs logged: ids of versions by run."""
    filters = json.dumps({} if job_type is None else {"jobType": job_type})
    found = _of(ask(_LOGS, {**place, "filters": filters}), "runs")
    runs = [] if found is None else _nodes(found)
    return {
        run["name"]: {
            each["id"] for each in _nodes(run["outputArtifacts"]) if each["state"] == "COMMITTED"
        }
        for run in runs
    }


def use(ask: Ask, place: Mapping[str, Any], run: str, id_: str) -> None:
    """Make a version an input of a run."""
    ask(_USE, {**place, "run": run, "id": id_})


def put_alias(ask: Ask, place: Mapping[str, Any], remote: Remote, alias: str) -> None:
    """Let an alias stand for a version, and no other of the same name."""
    ask(_PUT_ALIAS, _alias(place, remote, alias))


def drop_alias(ask: Ask, place: Mapping[str, Any], remote: Remote, alias: str) -> None:
    """Let an alias no longer stand for a version."""
    ask(_DROP_ALIAS, _alias(place, remote, alias))


def _alias(place: Mapping[str, Any], remote: Remote, alias: str) -> dict[str, Any]:
    collection = {"artifactCollectionName": remote.version.name, "alias": alias}
    home = {"entityName": place["entity"], "projectName": place["project"]}
    return {"input": {"artifactID": remote.id, "aliases": [{**home, **collection}]}}


def _pages(page: Callable[[str | None], Mapping[str, Any] | None]) -> Iterator[Mapping[str, Any]]:
    after = None
    while (answer := page(after)) is not None:
        yield answer
        if not answer["pageInfo"]["hasNextPage"]:
            return
        after = answer["pageInfo"]["endCursor"]


def _project(data: Mapping[str, Any]) -> Mapping[str, Any]:
    return data.get("project") or {}


def _of(data: Mapping[str, Any], key: str) -> Mapping[str, Any] | None:
    return _project(data).get(key)


def _nodes(answer: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    return [edge["node"] for edge in answer["edges"] if edge["node"]]


def _committed(answer: Mapping[str, Any]) -> list[Remote]:
    """Return the versions of a page; what is announced and not committed is none."""
    return [_remote(node) for node in _nodes(answer) if node["state"] == "COMMITTED"]


def _remote(node: Mapping[str, Any]) -> Remote:
    return Remote(node["id"], told_by_node(node))
