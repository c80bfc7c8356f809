"""All of the server's memory, and the rules that span several records."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from wandb_server.records import Artifact, Collection, Project, Record, Refused, Run

ENTITY = "tester"
PROJECT = "uncategorized"
ANNOUNCED = "announced"
"""Digest of the versions that are announced where ``State.announces``."""


@dataclass
class State:
    """Projects by entity and name; every record by its id.

    Attributes:
        lists_loggers: Whether a run that logs content which another run has made is listed
            as one that logged it. What the true server does is not known.
        lists_pending: Whether versions are listed that were announced and not committed. What
            the true server does is not known.
        announces: Whether each artifact begins with a version that somebody has announced and
            never committed.
    """

    lists_loggers: bool = True
    lists_pending: bool = False
    announces: bool = False
    projects: dict[tuple[str, str], Project] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)

    def _keep(self, record: Record) -> None:
        self.records[record.id] = record

    def project(self, entity: str | None, name: str | None) -> Project | None:
        """Return a project; empty names mean the defaults."""
        return self.projects.get((entity or ENTITY, name or PROJECT))

    def run(self, entity: str | None, project: str | None, name: str) -> Run:
        """Return a run.

        Raises:
            Refused: There is none of that name.
        """
        home = self.project(entity, project)
        if home is None or name not in home.runs:
            message = f"run {name!r} not found in {entity}/{project}"
            raise Refused(message)
        return home.runs[name]

    def artifact(self, identifier: str) -> Artifact:
        """Return an artifact by its id.

        Raises:
            Refused: There is none of that id.
        """
        found = self.records.get(identifier)
        if not isinstance(found, Artifact):
            message = f"artifact {identifier!r} not found"
            raise Refused(message)
        return found

    def find_artifact(self, project: Project | None, name: str) -> Artifact | None:
        """Return the version named ``collection:alias``, ``latest`` where no alias is given."""
        collection, _, alias = name.partition(":")
        if project is None or collection not in project.collections:
            return None
        return project.collections[collection].find(alias or "latest")

    def upsert_run(self, spec: dict[str, Any]) -> tuple[Run, bool]:
        """Make a run or change one; says whether it is new."""
        known = self.records.get(spec.get("id") or "")
        if isinstance(known, Run):
            run, is_new = known, False
            # A run that is resumed is named too; the public API's changes name none.
            if spec.get("name"):
                run.state = "running"
        else:
            run, is_new = self._run_to_upsert(spec)
        renamed = {
            "displayName": "display_name",
            "groupName": "group",
            "jobType": "job_type",
            "summaryMetrics": "summary_metrics",
        }
        plain = ("description", "notes", "commit", "config", "host", "tags", "state")
        for key in (*plain, *renamed):
            if spec.get(key) is not None:
                setattr(run, renamed.get(key, key), spec[key])
        return run, is_new

    def _run_to_upsert(self, spec: dict[str, Any]) -> tuple[Run, bool]:
        name = spec.get("name")
        if not name:
            message = "a run needs a name or an id that exists"
            raise Refused(message)
        key = (spec.get("entityName") or ENTITY, spec.get("modelName") or PROJECT)
        if key not in self.projects:
            self.projects[key] = Project(
                entity_name=key[0], name=key[1], lists_pending=lambda: self.lists_pending
            )
            self._keep(self.projects[key])
        project = self.projects[key]
        is_new = name not in project.runs
        if is_new:
            project.runs[name] = Run(project=project, name=name, display_name=name)
            self._keep(project.runs[name])
        project.runs[name].state = "running"
        return project.runs[name], is_new

    def delete_run(self, identifier: str) -> None:
        """Forget a run; its artifacts stay."""
        run = self.records.pop(identifier)
        if isinstance(run, Run):
            del run.project.runs[run.name]

    def create_artifact(self, spec: dict[str, Any]) -> Artifact:
        """Announce a version; known content gives the version that has it."""
        collection = self._collection(spec)
        name = spec.get("runName")
        run = self.run(spec["entityName"], spec["projectName"], name) if name else None
        aliases = [each["alias"] for each in spec.get("aliases") or []]
        artifact = collection.with_digest(spec["digest"])
        is_known = artifact is not None and artifact.state == "COMMITTED"
        if artifact is not None and is_known:
            collection.move_aliases(artifact, aliases)
        elif artifact is not None:
            artifact.wanted_aliases = [*artifact.wanted_aliases, *aliases]
            artifact.created_by = artifact.created_by or run
        else:
            artifact = Artifact(
                collection=collection,
                digest=spec["digest"],
                digest_algorithm=spec["digestAlgorithm"],
                description=spec.get("description"),
                metadata=spec.get("metadata"),
                tags=[tag["tagName"] for tag in spec.get("tags") or []],
                history_step=spec.get("historyStep"),
                wanted_aliases=aliases,
                created_by=run,
            )
            collection.artifacts.append(artifact)
            self._keep(artifact)
        # A reference between two drafts names the draft's client id, known content or not.
        if spec.get("clientID"):
            artifact.client_ids.add(spec["clientID"])
        if run is not None and (self.lists_loggers or not is_known):
            run.log(artifact)
        return artifact

    def _collection(self, spec: dict[str, Any]) -> Collection:
        project = self.project(spec["entityName"], spec["projectName"])
        if project is None:
            message = f"project {spec['projectName']!r} not found"
            raise Refused(message)
        name = spec.get("artifactCollectionName") or spec["artifactCollectionNames"][0]
        type_ = spec["artifactTypeName"]
        if name not in project.collections:
            collection = Collection(project=project, name=name, type=type_)
            project.collections[name] = collection
            self._keep(collection)
            if self.announces:
                collection.artifacts.append(Artifact(collection=collection, digest=ANNOUNCED))
                self._keep(collection.artifacts[0])
        if project.collections[name].type != type_:
            message = f"artifact {name!r} has type {project.collections[name].type!r}"
            raise Refused(message)
        return project.collections[name]

    def with_client_id(self, client_id: str) -> Artifact | None:
        """Return the artifact that a client drafted under an id of its own."""
        return next(
            (
                each
                for each in self.records.values()
                if isinstance(each, Artifact) and client_id in each.client_ids
            ),
            None,
        )

    def delete_artifact(self, artifact: Artifact, *, with_aliases: bool) -> None:
        """Delete a version; its number is never given again."""
        if artifact.aliases and not with_aliases:
            message = "the artifact has aliases"
            raise Refused(message)
        artifact.collection.drop_aliases(artifact, artifact.aliases)
        artifact.state = "DELETED"
