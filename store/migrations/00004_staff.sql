-- The staff console: who works there, what they changed, prompts in versions, test sets and their runs.

-- +goose Up

-- password: argon2id, empty until the one-time link was used. totp: sealed, empty without. version counts changes.
CREATE TABLE staff_accounts (
    id           TEXT PRIMARY KEY,
    name         TEXT NOT NULL UNIQUE,
    role         TEXT NOT NULL CHECK (role IN ('view', 'edit', 'publish', 'admin')),
    password     TEXT NOT NULL,
    totp         TEXT NOT NULL,
    totp_step    INTEGER NOT NULL, -- the last step of 30 s whose code was used
    link         TEXT NOT NULL,    -- SHA-256 of the one-time link; empty when used
    link_expires TEXT NOT NULL,
    subject      TEXT NOT NULL,    -- issuer and subject of OpenID Connect; empty without
    disabled     INTEGER NOT NULL,
    version      INTEGER NOT NULL,
    created_at   TEXT NOT NULL
) STRICT;
CREATE UNIQUE INDEX staff_links ON staff_accounts (link) WHERE link <> '';
CREATE UNIQUE INDEX staff_subjects ON staff_accounts (subject) WHERE subject <> '';

-- hash: SHA-256 of what the cookie holds.
CREATE TABLE staff_sessions (
    hash       TEXT PRIMARY KEY,
    account_id TEXT NOT NULL REFERENCES staff_accounts (id) ON DELETE CASCADE,
    address    TEXT NOT NULL,
    created_at TEXT NOT NULL,
    seen_at    TEXT NOT NULL,
    flash      TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX staff_sessions_of ON staff_sessions (account_id);

-- value is JSON.
CREATE TABLE settings (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE audit (
    n       INTEGER PRIMARY KEY AUTOINCREMENT,
    at      TEXT NOT NULL,
    who     TEXT NOT NULL,
    role    TEXT NOT NULL,
    address TEXT NOT NULL,
    what    TEXT NOT NULL, -- code: prompt.save
    object  TEXT NOT NULL,
    before  TEXT NOT NULL,
    after   TEXT NOT NULL,
    reason  TEXT NOT NULL
) STRICT;
CREATE INDEX audit_at ON audit (at);
-- +goose StatementBegin
CREATE TRIGGER audit_never_changes BEFORE UPDATE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit is append only');
END;
-- +goose StatementEnd
-- +goose StatementBegin
CREATE TRIGGER audit_never_forgets BEFORE DELETE ON audit
BEGIN
    SELECT RAISE(ABORT, 'the audit is append only');
END;
-- +goose StatementEnd

ALTER TABLE prompts ADD COLUMN author TEXT NOT NULL DEFAULT '';
ALTER TABLE prompts ADD COLUMN comment TEXT NOT NULL DEFAULT '';
CREATE UNIQUE INDEX prompts_draft ON prompts (name) WHERE label = 'draft';
-- +goose StatementBegin
CREATE TRIGGER prompts_never_change BEFORE UPDATE OF name, version, body, created_at, author, comment ON prompts
BEGIN
    SELECT RAISE(ABORT, 'versions of prompts are immutable');
END;
-- +goose StatementEnd

-- state: JSON, version by name of everything that went live; a name that is missing is as bundled. The newest row is what is live.
CREATE TABLE releases (
    n       INTEGER PRIMARY KEY AUTOINCREMENT,
    at      TEXT NOT NULL,
    who     TEXT NOT NULL,
    state   TEXT NOT NULL,
    comment TEXT NOT NULL
) STRICT;

-- cases: JSON Lines as rag/eval reads them.
CREATE TABLE test_sets (
    id         TEXT PRIMARY KEY,
    name       TEXT NOT NULL UNIQUE,
    cases      TEXT NOT NULL,
    version    INTEGER NOT NULL,
    author     TEXT NOT NULL,
    changed_at TEXT NOT NULL
) STRICT;

-- variant: JSON. summary: JSON, small. verdicts: gzip'd JSON Lines, empty until done.
CREATE TABLE runs (
    id         TEXT PRIMARY KEY,
    purpose    TEXT NOT NULL, -- test, gate
    sets       TEXT NOT NULL, -- JSON list of IDs
    variant    TEXT NOT NULL,
    status     TEXT NOT NULL CHECK (status IN ('waiting', 'running', 'done', 'cancelled', 'failed')),
    who        TEXT NOT NULL,
    created_at TEXT NOT NULL,
    ended_at   TEXT NOT NULL,
    summary    TEXT NOT NULL,
    verdicts   BLOB NOT NULL,
    error      TEXT NOT NULL
) STRICT;
CREATE INDEX runs_created ON runs (created_at);

-- +goose Down
DROP TABLE runs;
DROP TABLE test_sets;
DROP TABLE releases;
DROP TRIGGER prompts_never_change;
DROP INDEX prompts_draft;
ALTER TABLE prompts DROP COLUMN comment;
ALTER TABLE prompts DROP COLUMN author;
DROP TABLE audit;
DROP TABLE settings;
DROP TABLE staff_sessions;
DROP TABLE staff_accounts;
