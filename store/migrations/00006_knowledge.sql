-- Curated answers, documents that come in and go out, and the gaps that residents' questions show.

-- +goose Up

-- live: version that answers; 0: none. newest: version that is worked on. retired: it does not answer, and hides a bundled one of this ID.
CREATE TABLE curated (
    id         TEXT PRIMARY KEY,
    live       INTEGER NOT NULL,
    newest     INTEGER NOT NULL,
    retired    INTEGER NOT NULL,
    changed_at TEXT NOT NULL
) STRICT;

-- body: JSON of prompts.Curated. It never changes; approved_by is set once.
CREATE TABLE curated_versions (
    id          TEXT NOT NULL REFERENCES curated (id) DEFERRABLE INITIALLY DEFERRED,
    version     INTEGER NOT NULL,
    body        TEXT NOT NULL,
    author      TEXT NOT NULL,
    created_at  TEXT NOT NULL,
    approved_by TEXT NOT NULL,
    approved_at TEXT NOT NULL,
    PRIMARY KEY (id, version)
) STRICT, WITHOUT ROWID;
-- +goose StatementBegin
CREATE TRIGGER curated_never_change BEFORE UPDATE OF body, author, created_at ON curated_versions
BEGIN
    SELECT RAISE(ABORT, 'versions of curated answers are immutable');
END;
-- +goose StatementEnd

ALTER TABLE revision ADD COLUMN curated INTEGER NOT NULL DEFAULT 0; -- how often what is curated has changed

-- withdrawn: staff took it out of what is searched. superseded_by: ID of the document that stands in its place; empty without.
ALTER TABLE documents ADD COLUMN withdrawn INTEGER NOT NULL DEFAULT 0;
ALTER TABLE documents ADD COLUMN superseded_by TEXT NOT NULL DEFAULT '';

-- Files that were read and wait to be put in. body: as of versions. warnings: JSON. quarantined: 1 until somebody who may publish looked at
-- what the warnings say.
CREATE TABLE staged (
    n           INTEGER PRIMARY KEY AUTOINCREMENT,
    source      TEXT NOT NULL,
    document_id TEXT NOT NULL,
    version     TEXT NOT NULL,
    body        BLOB NOT NULL,
    warnings    TEXT NOT NULL,
    quarantined INTEGER NOT NULL,
    released_by TEXT NOT NULL,
    who         TEXT NOT NULL,
    at          TEXT NOT NULL
) STRICT;

-- What became of a gap. questions: JSON, those that belonged to it when it was closed.
CREATE TABLE gaps (
    n         INTEGER PRIMARY KEY AUTOINCREMENT,
    label     TEXT NOT NULL,
    questions TEXT NOT NULL,
    asked     INTEGER NOT NULL, -- how often, in the days before closing
    days      INTEGER NOT NULL, -- how many days
    how       TEXT NOT NULL CHECK (how IN ('curated', 'variants', 'negative', 'scope', 'note')),
    note      TEXT NOT NULL,
    owner     TEXT NOT NULL,
    who       TEXT NOT NULL,
    closed_at TEXT NOT NULL
) STRICT;

-- +goose Down
DROP TABLE gaps;
DROP TABLE staged;
ALTER TABLE documents DROP COLUMN superseded_by;
ALTER TABLE documents DROP COLUMN withdrawn;
ALTER TABLE revision DROP COLUMN curated;
DROP TABLE curated_versions;
DROP TABLE curated;
