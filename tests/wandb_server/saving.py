"""The GraphQL mutations of artifacts, and where their files go to and come from."""

from __future__ import annotations

from typing import Any

from wandb_server.artifacts import artifact_file, manifest_of
from wandb_server.records import Artifact
from wandb_server.resolving import connection, resolves
from wandb_server.state import State


@resolves("Mutation.createArtifact")
def _create_artifact(state: State, spec: dict[str, Any]) -> dict[str, Artifact]:
    return {"artifact": state.create_artifact(spec)}


@resolves("Mutation.createArtifactManifest")
def _create_artifact_manifest(state: State, spec: dict[str, Any]) -> dict[str, Any]:
    artifact = state.artifact(spec["artifactID"])
    artifact.manifest_digest = spec["digest"]
    return {"artifactManifest": manifest_of(artifact)}


@resolves("Mutation.createArtifactFiles")
def _create_artifact_files(state: State, spec: dict[str, Any]) -> dict[str, Any]:
    files = [
        artifact_file(state.artifact(file["artifactID"]), file["name"], file["md5"])
        for file in spec["artifactFiles"]
    ]
    return {"files": connection(files)}


@resolves("Mutation.commitArtifact")
def _commit_artifact(state: State, spec: dict[str, Any]) -> dict[str, Artifact]:
    artifact = state.artifact(spec["artifactID"])
    artifact.commit()
    return {"artifact": artifact}


@resolves("Mutation.useArtifact")
def _use_artifact(state: State, spec: dict[str, Any]) -> dict[str, Artifact]:
    run = state.run(spec["entityName"], spec["projectName"], spec["runName"])
    artifact = state.artifact(spec["artifactID"])
    run.use(artifact)
    return {"artifact": artifact}


@resolves("Mutation.updateArtifact")
def _update_artifact(state: State, spec: dict[str, Any]) -> dict[str, Artifact]:
    artifact = state.artifact(spec["artifactID"])
    for key in ("description", "metadata"):
        if spec.get(key) is not None:
            setattr(artifact, key, spec[key])
    added = [tag["tagName"] for tag in spec.get("tagsToAdd") or []]
    dropped = {tag["tagName"] for tag in spec.get("tagsToDelete") or []}
    artifact.tags = [tag for tag in dict.fromkeys([*artifact.tags, *added]) if tag not in dropped]
    return {"artifact": artifact}


@resolves("Mutation.deleteArtifact")
def _delete_artifact(state: State, spec: dict[str, Any]) -> dict[str, Artifact]:
    artifact = state.artifact(spec["artifactID"])
    state.delete_artifact(artifact, with_aliases=bool(spec.get("deleteAliases")))
    return {"artifact": artifact}


@resolves("Mutation.addAliases")
def _add_aliases(state: State, spec: dict[str, Any]) -> dict[str, bool]:
    artifact = state.artifact(spec["artifactID"])
    artifact.collection.move_aliases(artifact, [each["alias"] for each in spec["aliases"]])
    return {"success": True}


@resolves("Mutation.deleteAliases")
def _delete_aliases(state: State, spec: dict[str, Any]) -> dict[str, bool]:
    artifact = state.artifact(spec["artifactID"])
    artifact.collection.drop_aliases(artifact, [each["alias"] for each in spec["aliases"]])
    return {"success": True}
