"""The schema covers the SDK's own operations."""

from __future__ import annotations

import pytest
from graphql import parse, validate, validate_schema
from wandb.sdk.artifacts._generated import operations

from wandb_server.resolving import SCHEMA

SPOKEN = (
    "ADD_ALIASES",
    "ARTIFACT_BY_ID",
    "ARTIFACT_COLLECTION_ALIASES",
    "ARTIFACT_CREATED_BY",
    "ARTIFACT_MEMBERSHIP_BY_NAME",
    "ARTIFACT_MEMBERSHIP_FILES",
    "ARTIFACT_TYPE",
    "ARTIFACT_TYPE_ARTIFACT_COLLECTIONS",
    "ARTIFACT_USED_BY",
    "DELETE_ALIASES",
    "DELETE_ARTIFACT",
    "FETCH_ARTIFACT_MANIFEST",
    "GET_ARTIFACT_MEMBERSHIP_FILE_URLS",
    "PROJECT_ARTIFACTS",
    "PROJECT_ARTIFACT_COLLECTION",
    "PROJECT_ARTIFACT_COLLECTIONS",
    "PROJECT_ARTIFACT_TYPE",
    "PROJECT_ARTIFACT_TYPES",
    "RUN_INPUT_ARTIFACTS",
    "RUN_OUTPUT_ARTIFACTS",
    "UPDATE_ARTIFACT",
)


def test_schema_is_sound() -> None:
    """The schema itself breaks no rule of GraphQL."""
    assert validate_schema(SCHEMA) == []


@pytest.mark.parametrize("name", SPOKEN)
def test_operation_is_spoken(name: str) -> None:
    """An operation that the SDK sends for artifacts is valid here."""
    assert validate(SCHEMA, parse(getattr(operations, f"{name}_GQL"))) == []
