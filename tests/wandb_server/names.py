"""The GraphQL fields of collections and types, and how versions are found by name."""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

from wandb_server.artifacts import ArtifactType, Page, alias_of, aliases_of, files_of
from wandb_server.records import Artifact, Collection, Project
from wandb_server.resolving import connection, resolves
from wandb_server.state import State


@resolves("Query.artifactCollection")
def _collection_by_id(state: State, id: str) -> Any:  # noqa: A002  # GraphQL's name
    return state.records.get(id)


@resolves("Project.artifact")
def _project_artifact(project: Project, name: str) -> Artifact | None:
    collection, _, alias = name.partition(":")
    found = project.collections.get(collection)
    return found.find(alias or "latest") if found else None


@resolves("Project.artifactType")
def _artifact_type(project: Project, name: str) -> ArtifactType | None:
    found = ArtifactType(project, name)
    return found if found.collections else None


@resolves("Project.artifactTypes")
def _artifact_types(project: Project, **page: Any) -> Page:
    names = sorted({each.type for each in project.collections.values()})
    return connection([ArtifactType(project, name) for name in names], **page)


@resolves("Project.artifactCollection")
def _artifact_collection(project: Project, name: str) -> Collection | None:
    return project.collections.get(name)


def _collections(found: Iterable[Collection], filters: Any, order: Any, **page: Any) -> Page:
    del filters, order
    return connection(found, **page)


@resolves("Project.artifactCollections")
def _project_collections(
    project: Project, filters: Any = None, order: Any = None, **page: Any
) -> Page:
    return _collections(project.collections.values(), filters, order, **page)


@resolves("ArtifactType.artifactCollection")
def _collection_of_type(artifact_type: ArtifactType, name: str) -> Collection | None:
    return next((each for each in artifact_type.collections if each.name == name), None)


@resolves("ArtifactType.artifactCollections")
def _collections_of_type(
    artifact_type: ArtifactType, filters: Any = None, order: Any = None, **page: Any
) -> Page:
    return _collections(artifact_type.collections, filters, order, **page)


@resolves("Project.artifactCollectionMembership")
def _membership_by_name(project: Project, name: str) -> dict[str, Any] | None:
    artifact = _project_artifact(project, name)
    return _membership(artifact) if artifact else None


@resolves("ArtifactSequence.artifactMembership")
def _membership_by_alias(collection: Collection, alias_name: str) -> dict[str, Any] | None:
    artifact = collection.find(alias_name)
    return _membership(artifact) if artifact else None


def _membership(artifact: Artifact) -> dict[str, Any]:
    identifier = base64.b64encode(f"Membership:{artifact.number}".encode()).decode()
    return {
        "id": identifier,
        "versionIndex": artifact.version_index,
        "createdAt": artifact.created_at,
        "aliases": aliases_of(artifact),
        "artifactCollection": artifact.collection,
        "artifact": artifact,
    }


@resolves("ArtifactCollectionMembership.files")
def _membership_files(membership: dict[str, Any], **which: Any) -> Page:
    artifact: Artifact = membership["artifact"]
    return files_of(artifact, **which)


@resolves("ArtifactSequence.defaultArtifactType")
def _default_type(collection: Collection) -> ArtifactType:
    return ArtifactType(collection.project, collection.type)


@resolves("ArtifactSequence.tags")
def _collection_tags(_: Collection) -> Page:
    return connection([])


@resolves("ArtifactSequence.updatedAt", "Artifact.updatedAt")
def _updated_at(record: Collection | Artifact) -> str:
    return record.created_at


@resolves("ArtifactSequence.aliases")
def _collection_aliases(collection: Collection, **page: Any) -> Page:
    return connection([alias_of(collection, alias) for alias in collection.aliases], **page)


@resolves("ArtifactSequence.latestArtifact")
def _latest(collection: Collection) -> Artifact | None:
    return collection.aliases.get("latest")


@resolves("ArtifactSequence.artifacts")
def _versions(
    collection: Collection, order: str | None = None, filters: Any = None, **page: Any
) -> Page:
    del filters
    is_rising = (order or "-").startswith("+")
    listed = collection.listed(pending=collection.project.lists_pending())
    versions = listed if is_rising else listed[::-1]
    found = connection(versions, **page)
    for edge in found["edges"]:
        edge["version"] = edge["node"].version
    return found
