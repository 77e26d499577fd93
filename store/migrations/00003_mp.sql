-- +goose Up

-- Whose history an answer belongs to: a keyed hash, never a name; empty for nobody.
ALTER TABLE answers ADD COLUMN owner TEXT NOT NULL DEFAULT '';
CREATE INDEX answers_owner ON answers (owner, created_at, id) WHERE owner <> '';

-- Who is signed in to a mini-program. hash is SHA-256 of the token, which is nowhere.
CREATE TABLE mp_sessions (
    hash       BLOB PRIMARY KEY,
    channel    TEXT NOT NULL,
    owner      TEXT NOT NULL,
    created_at TEXT NOT NULL,
    used_at    TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX mp_sessions_owner ON mp_sessions (owner, created_at);
CREATE INDEX mp_sessions_used ON mp_sessions (used_at);

-- Nonces of signed requests that were taken.
CREATE TABLE signed_nonces (
    key   TEXT NOT NULL,
    nonce TEXT NOT NULL,
    until TEXT NOT NULL,
    PRIMARY KEY (key, nonce)
) STRICT, WITHOUT ROWID;
CREATE INDEX signed_nonces_until ON signed_nonces (until);

-- +goose Down
DROP TABLE signed_nonces;
DROP TABLE mp_sessions;
DROP INDEX answers_owner;
ALTER TABLE answers DROP COLUMN owner;
