"""The GraphQL fields of single versions: their creator, users and files."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from typing import Any

from wandb_server.records import Artifact, Collection, Project, Run
from wandb_server.resolving import Link, connection, resolves
from wandb_server.state import State

Page = dict[str, Any]


@dataclass(frozen=True)
class ArtifactType:
    """The collections of one type in a project."""

    project: Project
    name: str
    description: None = None

    @property
    def id(self) -> str:
        """The id on the wire."""
        return base64.b64encode(f"ArtifactType:{self.project.name}/{self.name}".encode()).decode()

    @property
    def created_at(self) -> str:
        """When the project was made."""
        return self.project.created_at

    @property
    def collections(self) -> list[Collection]:
        """The collections of that type."""
        return [each for each in self.project.collections.values() if each.type == self.name]


@dataclass(frozen=True)
class _User:
    """The creator of an artifact that no run made."""

    kind = "User"


def _hex(digest: str) -> str:
    return base64.b64decode(digest).hex()


def alias_of(collection: Collection, alias: str) -> dict[str, Any]:
    """Return an alias as GraphQL has it."""
    identifier = base64.b64encode(f"ArtifactAlias:{collection.name}:{alias}".encode()).decode()
    return {"id": identifier, "alias": alias, "artifactCollection": collection}


def _tag(name: str) -> dict[str, str]:
    return {"id": base64.b64encode(f"Tag:{name}".encode()).decode(), "name": name}


@resolves("Query.artifact")
def _artifact_by_id(state: State, id: str) -> Artifact:  # noqa: A002  # GraphQL's name
    return state.artifact(id)


@resolves("Query.clientIDMapping")
def _client_id_mapping(state: State, client_id: str) -> dict[str, str] | None:
    artifact = state.with_client_id(client_id)
    return {"serverID": artifact.id} if artifact else None


@resolves("Artifact.artifactSequence")
def _sequence(artifact: Artifact) -> Collection:
    return artifact.collection


@resolves("Artifact.artifactType")
def _artifact_type(artifact: Artifact) -> ArtifactType:
    return ArtifactType(artifact.collection.project, artifact.collection.type)


@resolves("Artifact.aliases")
def aliases_of(artifact: Artifact) -> list[dict[str, Any]]:
    """Return the aliases of a version as GraphQL has them."""
    return [alias_of(artifact.collection, alias) for alias in artifact.aliases]


@resolves("Artifact.tags")
def _tags(artifact: Artifact) -> list[dict[str, str]]:
    return [_tag(tag) for tag in artifact.tags]


@resolves("Artifact.ttlDurationSeconds")
def _ttl(artifact: Artifact) -> int:
    return artifact.ttl


@resolves("Artifact.ttlIsInherited")
def _ttl_is_inherited(artifact: Artifact) -> bool:
    return artifact.ttl < 0


@resolves("Artifact.commitHash")
def _commit_hash(artifact: Artifact) -> str:
    return f"{artifact.number:020x}"


@resolves("Artifact.fileCount")
def _file_count(artifact: Artifact) -> int:
    return len(artifact.entries)


@resolves("Artifact.createdBy")
def _created_by(artifact: Artifact) -> Run | _User:
    return artifact.created_by or _User()


@resolves("Artifact.usedBy")
def _used_by(artifact: Artifact) -> Page:
    return connection(artifact.used_by)


@resolves("Run.inputArtifacts")
def _input_artifacts(run: Run, **page: Any) -> Page:
    return connection(run.used, **page)


@resolves("Run.outputArtifacts")
def _output_artifacts(run: Run, **page: Any) -> Page:
    states = {"COMMITTED", "PENDING"} if run.project.lists_pending() else {"COMMITTED"}
    return connection([each for each in run.logged if each.state in states], **page)


@resolves("Artifact.currentManifest")
def _current_manifest(artifact: Artifact) -> dict[str, Any] | None:
    return None if artifact.manifest is None else manifest_of(artifact)


def manifest_of(artifact: Artifact) -> dict[str, Any]:
    """Return the manifest as GraphQL has it, uploaded or to be uploaded."""
    link = Link(f"/storage/manifests/{artifact.number}")
    file = {
        "id": artifact.id,
        "name": "wandb_manifest.json",
        "directUrl": link,
        "uploadUrl": link,
        "uploadHeaders": [f"Content-MD5:{artifact.manifest_digest}"],
    }
    return {"id": artifact.id, "file": file}


def _file_id(artifact: Artifact, name: str) -> str:
    return base64.b64encode(f"File:{artifact.number}/{name}".encode()).decode()


def artifact_file(artifact: Artifact, name: str, digest: str) -> dict[str, Any]:
    """Return a file of an artifact as GraphQL has it, uploaded or to be uploaded."""
    content = artifact.collection.blobs.get(digest)
    link = Link(f"/storage/artifacts/{artifact.number}/{_hex(digest)}")
    return {
        "id": _file_id(artifact, name),
        "name": name,
        "displayName": name,
        "url": link,
        "directUrl": link,
        "uploadUrl": link if content is None else None,
        "uploadHeaders": [f"Content-MD5:{digest}"],
        "storagePath": f"wandb_artifacts/{artifact.number}/{_hex(digest)}",
        "sizeBytes": len(content or b""),
        "digest": digest,
        "md5": digest,
        "artifact": artifact.collection.births.setdefault(digest, artifact),
    }


def _reference(artifact: Artifact, name: str, entry: dict[str, Any]) -> dict[str, Any]:
    # The SDK downloads what is listed here, so references are listed too.
    return {
        "id": _file_id(artifact, name),
        "name": name,
        "displayName": name,
        "directUrl": entry["ref"],
        "sizeBytes": entry.get("size", 0),
        "digest": entry["digest"],
    }


@resolves("Artifact.files")
def files_of(artifact: Artifact, names: list[str] | None = None, **page: Any) -> Page:
    """Return a page of the entries, those with these names."""
    found = [
        _reference(artifact, name, entry)
        if "ref" in entry
        else artifact_file(artifact, name, entry["digest"])
        for name, entry in sorted(artifact.entries.items())
        if name in (names or artifact.entries)
    ]
    return connection(found, **page)
