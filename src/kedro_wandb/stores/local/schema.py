"""The tables of the local store, and their number."""

from __future__ import annotations

FORMAT = 2
"""Number of the schema; a store with a greater one is not touched."""

SCHEMA = """
CREATE TABLE artifacts (
    id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, type TEXT NOT NULL
);
CREATE TABLE steps (
    id TEXT PRIMARY KEY, job_type TEXT NOT NULL, experiment TEXT NOT NULL, run_id TEXT NOT NULL,
    name TEXT NOT NULL, config TEXT NOT NULL, tags TEXT NOT NULL, started REAL NOT NULL,
    state TEXT NOT NULL, finished REAL, summary TEXT NOT NULL DEFAULT '{}',
    begun_online INTEGER NOT NULL, offline_folder TEXT
);
CREATE TABLE versions (
    id INTEGER PRIMARY KEY, artifact_id INTEGER NOT NULL REFERENCES artifacts,
    number INTEGER NOT NULL, digest TEXT NOT NULL, size INTEGER NOT NULL,
    description TEXT NOT NULL, metadata TEXT NOT NULL, created TEXT NOT NULL,
    step_id TEXT REFERENCES steps, remote INTEGER,
    UNIQUE (artifact_id, number), UNIQUE (artifact_id, digest)
);
CREATE TABLE aliases (
    artifact_id INTEGER NOT NULL REFERENCES artifacts, alias TEXT NOT NULL,
    version_id INTEGER NOT NULL REFERENCES versions,
    PRIMARY KEY (artifact_id, alias)
);
CREATE INDEX aliases_of_version ON aliases (version_id);
CREATE TABLE entries (
    version_id INTEGER NOT NULL REFERENCES versions, name TEXT NOT NULL, digest TEXT NOT NULL,
    size INTEGER, ref TEXT, extra TEXT NOT NULL,
    PRIMARY KEY (version_id, name)
) WITHOUT ROWID;
CREATE INDEX entries_of_digest ON entries (digest);
CREATE TABLE blobs (digest TEXT PRIMARY KEY, size INTEGER NOT NULL, cleaned INTEGER NOT NULL);
CREATE TABLE events (
    number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, at REAL NOT NULL,
    step_id TEXT REFERENCES steps, version_id INTEGER REFERENCES versions,
    aliases TEXT NOT NULL DEFAULT '[]', synced INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX events_of_step ON events (step_id);
CREATE INDEX events_of_version ON events (version_id);
CREATE INDEX events_waiting ON events (number) WHERE NOT synced;
CREATE TABLE holders (
    name TEXT NOT NULL, alias TEXT NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (name, alias)
);
CREATE TABLE media (
    step_id TEXT NOT NULL REFERENCES steps, name TEXT NOT NULL, digest TEXT NOT NULL,
    suffix TEXT NOT NULL,
    PRIMARY KEY (step_id, name)
);
CREATE VIEW told_versions AS
SELECT versions.*, artifacts.name, artifacts.type, (
    SELECT group_concat(alias, '/') FROM aliases WHERE version_id = versions.id
) AS aliases
FROM versions JOIN artifacts ON artifacts.id = versions.artifact_id;
"""
"""``events`` is the order of all that happened; ``holders`` where W&B's aliases were last seen."""
