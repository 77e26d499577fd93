-- Times are text, UTC, as 2006-01-02T15:04:05.000000000Z: they sort as they are.

-- +goose Up

-- A version of a document: immutable, never deleted. body is gzip'd JSON (document_text.go).
CREATE TABLE versions (
    n           INTEGER PRIMARY KEY AUTOINCREMENT, -- order of import
    document_id TEXT NOT NULL,
    version     TEXT NOT NULL,
    origin      TEXT NOT NULL,
    imported_at TEXT NOT NULL,
    body        BLOB NOT NULL,
    UNIQUE (document_id, version)
) STRICT;

-- +goose StatementBegin
CREATE TRIGGER versions_never_change BEFORE UPDATE ON versions
BEGIN
    SELECT RAISE(ABORT, 'versions of documents are immutable');
END;
-- +goose StatementEnd

CREATE TABLE documents (
    n           INTEGER PRIMARY KEY AUTOINCREMENT, -- order of first import
    id          TEXT NOT NULL UNIQUE,
    live        TEXT NOT NULL,
    origin      TEXT NOT NULL,
    imported_at TEXT NOT NULL,
    FOREIGN KEY (id, live) REFERENCES versions (document_id, version)
) STRICT;

-- Of the live version only. section and facts are JSON lists of strings.
CREATE TABLE variants (
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    n           INTEGER NOT NULL,
    id          TEXT NOT NULL,
    text        TEXT NOT NULL,
    negative    INTEGER NOT NULL,
    lacks       TEXT NOT NULL,
    origin      TEXT NOT NULL,
    section     TEXT NOT NULL,
    facts       TEXT NOT NULL,
    say         TEXT NOT NULL,
    PRIMARY KEY (document_id, n)
) STRICT, WITHOUT ROWID;

-- Of the live version only. asks, points and anchor are JSON.
CREATE TABLE outlines (
    document_id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    n           INTEGER NOT NULL,
    id          TEXT NOT NULL,
    topic       TEXT NOT NULL,
    asks        TEXT NOT NULL,
    points      TEXT NOT NULL,
    anchor      TEXT NOT NULL,
    origin      TEXT NOT NULL,
    PRIMARY KEY (document_id, n)
) STRICT, WITHOUT ROWID;

CREATE TABLE embedders (
    n    INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- vector: little-endian float32. checksum: CRC-32C of digest and vector.
CREATE TABLE vectors (
    n        INTEGER PRIMARY KEY,
    embedder INTEGER NOT NULL REFERENCES embedders (n),
    digest   TEXT NOT NULL,
    checksum INTEGER NOT NULL,
    vector   BLOB NOT NULL,
    UNIQUE (embedder, digest)
) STRICT;

CREATE TABLE calibrations (
    n       INTEGER PRIMARY KEY AUTOINCREMENT, -- order of keeping: the newest stay
    version TEXT NOT NULL UNIQUE,
    fitted  TEXT NOT NULL
) STRICT;

-- How often what is searched has changed.
CREATE TABLE revision (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    n  INTEGER NOT NULL
) STRICT;
INSERT INTO revision (id, n) VALUES (1, 0);

-- question is masked. answer and trace are JSON.
CREATE TABLE answers (
    id              TEXT PRIMARY KEY,
    created_at      TEXT NOT NULL,
    channel         TEXT NOT NULL,
    conversation_id TEXT NOT NULL,
    question        TEXT NOT NULL,
    status          TEXT NOT NULL,
    mode            TEXT NOT NULL,
    index_version   TEXT NOT NULL,
    took_ns         INTEGER NOT NULL,
    answer          TEXT NOT NULL,
    trace           TEXT NOT NULL
) STRICT;
CREATE INDEX answers_created ON answers (created_at);

-- One is live for an answer; the replaced ones stay as its history.
CREATE TABLE feedback (
    n          INTEGER PRIMARY KEY AUTOINCREMENT,
    answer_id  TEXT NOT NULL REFERENCES answers (id) ON DELETE CASCADE,
    live       INTEGER NOT NULL,
    verdict    TEXT NOT NULL CHECK (verdict IN ('useful', 'useless')),
    reason     TEXT NOT NULL,
    comment    TEXT NOT NULL,
    created_at TEXT NOT NULL
) STRICT;
CREATE INDEX feedback_answer ON feedback (answer_id);
CREATE UNIQUE INDEX feedback_live ON feedback (answer_id) WHERE live = 1;

-- Texts of prompts that staff reworded; at most one version of a name is labelled live.
CREATE TABLE prompts (
    name       TEXT NOT NULL,
    version    INTEGER NOT NULL,
    body       BLOB NOT NULL,
    label      TEXT NOT NULL,
    created_at TEXT NOT NULL,
    PRIMARY KEY (name, version)
) STRICT;
CREATE UNIQUE INDEX prompts_live ON prompts (name) WHERE label = 'live';

-- +goose Down
DROP TABLE prompts;
DROP TABLE feedback;
DROP TABLE answers;
DROP TABLE revision;
DROP TABLE calibrations;
DROP TABLE vectors;
DROP TABLE embedders;
DROP TABLE outlines;
DROP TABLE variants;
DROP TABLE documents;
DROP TABLE versions;
