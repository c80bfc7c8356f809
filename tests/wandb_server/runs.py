"""The GraphQL fields of users, projects and runs."""

from __future__ import annotations

import base64
import fnmatch
import json
from typing import Any

from wandb_server.records import EVENTS, HISTORY, OUTPUT, Alert, Project, Refused, Run, md5
from wandb_server.resolving import Link, connection, resolves
from wandb_server.state import ENTITY, State

FEATURES = ("TOTAL_COUNT_IN_FILE_CONNECTION", "USE_ARTIFACT_WITH_ENTITY_AND_PROJECT_INFORMATION")
USER = {
    "id": base64.b64encode(b"User:1").decode(),
    "name": ENTITY,
    "username": ENTITY,
    "email": f"{ENTITY}@example.org",
    "admin": False,
    "flags": "{}",
    "entity": ENTITY,
    "teams": {"edges": []},
    "apiKeys": {"edges": []},
}
_TAIL = 1
LONGEST_TITLE = 64


def entity(name: str) -> dict[str, Any]:
    """Return an entity; it belongs to no organization."""
    identifier = base64.b64encode(f"Entity:{name}".encode()).decode()
    return {"id": identifier, "name": name, "organization": None}


@resolves("Query.viewer")
def _viewer(_: State) -> dict[str, Any]:
    return USER


@resolves("Query.serverInfo")
def _server_info(_: State) -> dict[str, Any]:
    return {"features": [{"name": name, "isEnabled": True} for name in FEATURES]}


@resolves("Query.entity")
def _entity(_: State, name: str | None = None) -> dict[str, Any]:
    return entity(name or ENTITY)


@resolves("Query.project", "Query.model")
def _project(
    state: State, name: str | None = None, entity_name: str | None = None
) -> Project | None:
    return state.project(entity_name, name)


@resolves("Project.entity")
def _project_entity(project: Project) -> dict[str, Any]:
    return entity(project.entity_name)


@resolves("Project.internalId")
def _internal_id(project: Project) -> str:
    return base64.b64encode(f"ProjectInternalId:{project.number}".encode()).decode()


@resolves("Project.user", "Run.user")
def _user(_: Project | Run) -> dict[str, Any]:
    return USER


@resolves("Project.readOnly", "Project.isBenchmark", "Run.readOnly", "Run.stopped")
def _no(_: Project | Run) -> bool:
    return False


@resolves("Project.run", "Project.bucket")
def _run(project: Project, name: str, *, missing_ok: bool = True) -> Run | None:
    del missing_ok
    return project.runs.get(name)


def _matches(run: Run, filters: dict[str, Any]) -> bool:
    return all(_has(run, key, wanted) for key, wanted in filters.items())


def _has(run: Run, key: str, wanted: Any) -> bool:
    if key == "$and":
        return all(_matches(run, part) for part in wanted)
    if key.startswith("config."):
        name = key.removeprefix("config.").removesuffix(".value")
        return bool(run.settings.get(name) == wanted)
    known = {
        "group": run.group,
        "jobType": run.job_type,
        "displayName": run.display_name,
        "state": run.state,
        "name": run.name,
    }
    if key not in known or isinstance(wanted, dict):
        message = f"this server cannot filter runs by {key!r}: {wanted!r}"
        raise Refused(message)
    return bool(known[key] == wanted)


def _chosen(project: Project, filters: str | None) -> list[Run]:
    wanted = json.loads(filters or "{}")
    return [run for run in project.runs.values() if _matches(run, wanted)]


@resolves("Project.runs")
def _runs(
    project: Project,
    filters: str | None = None,
    after: str | None = None,
    first: int | None = None,
    order: str | None = None,
) -> dict[str, Any]:
    runs = _chosen(project, filters)
    newest_first = (order or "").startswith("-")
    return connection(reversed(runs) if newest_first else runs, after, first)


@resolves("Project.runCount")
def _run_count(project: Project, filters: str | None = None) -> int:
    return len(_chosen(project, filters))


@resolves("Run.projectId")
def _project_id(run: Run) -> int:
    return run.project.number


@resolves("Run.heartbeatAt")
def _heartbeat_at(run: Run) -> str:
    return run.created_at


@resolves("Run.systemMetrics")
def _system_metrics(_: Run) -> str:
    return "{}"


@resolves("Run.sweepName")
def _sweep_name(_: Run) -> None:
    return None


@resolves("Run.wandbConfig")
def _wandb_config(run: Run, keys: list[str] | None = None) -> str:
    own = json.loads(run.config).get("_wandb", {}).get("value", {})
    return json.dumps({key: own[key] for key in keys or own if key in own})


@resolves("Run.historyLineCount")
def _history_line_count(run: Run) -> int:
    return len(run.lines.get(HISTORY, []))


@resolves("Run.eventsLineCount")
def _events_line_count(run: Run) -> int:
    return len(run.lines.get(EVENTS, []))


@resolves("Run.logLineCount")
def _log_line_count(run: Run) -> int:
    return len(run.lines.get(OUTPUT, []))


@resolves("Run.historyTail")
def _history_tail(run: Run) -> str:
    return json.dumps(run.lines.get(HISTORY, [])[-_TAIL:])


@resolves("Run.eventsTail")
def _events_tail(run: Run) -> str:
    return json.dumps(run.lines.get(EVENTS, [])[-_TAIL:])


@resolves("Run.historyKeys")
def _history_keys(run: Run) -> dict[str, Any]:
    rows = run.history
    keys = {key: {"typeCounts": [{"type": "number"}]} for row in rows for key in row}
    return {"lastStep": max((row["_step"] for row in rows), default=-1), "keys": keys}


@resolves("Run.history")
def _history(
    run: Run,
    min_step: int = 0,
    max_step: int | None = None,
    samples: int | None = None,
) -> list[str]:
    stop = float("inf") if max_step is None else max_step
    rows = [row for row in run.history if min_step <= row["_step"] < stop]
    return [json.dumps(row) for row in rows[:samples]]


@resolves("Run.events")
def _events(run: Run, samples: int | None = None) -> list[str]:
    return run.lines.get(EVENTS, [])[:samples]


@resolves("Run.sampledHistory")
def _sampled_history(run: Run, specs: list[str]) -> list[list[dict[str, Any]]]:
    return [_sample(run, json.loads(spec)) for spec in specs]


def _sample(run: Run, spec: dict[str, Any]) -> list[dict[str, Any]]:
    keys = spec["keys"]
    first, last = spec.get("minStep", 0), spec.get("maxStep", float("inf"))
    rows = [row for row in run.history if first <= row["_step"] <= last]
    whole = [{key: row[key] for key in keys} for row in rows if all(key in row for key in keys)]
    return whole[: spec.get("samples")]


@resolves("Run.parquetHistory")
def _parquet_history(_: Run, live_keys: list[str]) -> dict[str, Any]:
    del live_keys
    return {"parquetUrls": [], "liveData": []}


@resolves("Run.fileCount")
def _file_count(run: Run) -> int:
    return len(run.files)


@resolves("Run.files")
def _files(
    run: Run,
    names: list[str] | None = None,
    after: str | None = None,
    first: int | None = None,
    pattern: str | None = None,
) -> dict[str, Any]:
    wanted = (pattern or "%").replace("%", "*")
    found = [
        run_file(run, name)
        for name in sorted(run.files)
        if name in (names or run.files) and fnmatch.fnmatchcase(name, wanted)
    ]
    return connection(found, after, first)


def run_file(run: Run, name: str) -> dict[str, Any]:
    """Return a run's file as GraphQL has it, uploaded or to be uploaded."""
    content = run.files.get(name, b"")
    link = Link(f"/storage/runs/{run.number}/{name}")
    return {
        "id": base64.b64encode(f"File:{run.name}/{name}".encode()).decode(),
        "name": name,
        "url": link,
        "directUrl": link,
        "uploadUrl": link,
        "uploadHeaders": [],
        "sizeBytes": len(content),
        "md5": md5(content),
    }


@resolves("Mutation.upsertBucket")
def _upsert_bucket(state: State, spec: dict[str, Any]) -> dict[str, Any]:
    run, is_new = state.upsert_run(spec)
    return {"bucket": run, "inserted": is_new}


@resolves("Mutation.deleteRun")
def _delete_run(state: State, spec: dict[str, Any]) -> dict[str, Any]:
    state.delete_run(spec["id"])
    return {}


@resolves("Mutation.updateRunState")
def _update_run_state(state: State, spec: dict[str, Any]) -> dict[str, bool]:
    run, _ = state.upsert_run(spec)
    return {"success": run.state == spec["state"]}


@resolves("Mutation.notifyScriptableRunAlert")
def _notify_alert(state: State, spec: dict[str, Any]) -> dict[str, bool]:
    run = state.run(spec["entityName"], spec["projectName"], spec["runName"])
    if len(spec["title"]) >= LONGEST_TITLE:
        message = f"an alert's title has less than {LONGEST_TITLE} characters"
        raise Refused(message)
    run.alerts.append(Alert(spec["title"], spec["text"], spec["severity"]))
    return {"success": True}


@resolves("Mutation.createRunFiles")
def _create_run_files(state: State, spec: dict[str, Any]) -> dict[str, Any]:
    run = state.run(spec["entityName"], spec["projectName"], spec["runName"])
    files = [run_file(run, name) for name in spec["files"]]
    return {"runID": run.id, "uploadHeaders": [], "files": files}


@resolves("Mutation.markRunFilesUploaded")
def _mark_run_files_uploaded(_: State, spec: dict[str, Any]) -> dict[str, bool]:
    del spec
    return {"success": True}
