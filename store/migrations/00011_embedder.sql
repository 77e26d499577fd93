-- Which embedder serves, as administrators chose in the console, and what a language model proposed to ask.

-- +goose Up

-- One row. under: the operator's setting when it was chosen; another setting makes the choice void. serves: whose vectors answer; empty: the
-- operator's first. target: whose vectors are being made; empty: none. who, since, reason: of the change that was asked for last. failed: why that
-- one did not come about, a code; empty: it did, or is under way.
CREATE TABLE embedder (
    one    INTEGER PRIMARY KEY CHECK (one = 1),
    under  TEXT NOT NULL,
    serves TEXT NOT NULL,
    target TEXT NOT NULL,
    who    TEXT NOT NULL,
    since  TEXT NOT NULL,
    reason TEXT NOT NULL,
    failed TEXT NOT NULL
) STRICT;

-- Of a variant that a model proposed and somebody accepted: which model, and when.
ALTER TABLE variants ADD COLUMN model TEXT NOT NULL DEFAULT '';
ALTER TABLE variants ADD COLUMN accepted TEXT NOT NULL DEFAULT '';

-- Proposed variants that an editor accepted, and that nobody has published yet. anchor: JSON of corpus.Anchor.
CREATE TABLE variant_drafts (
    n           INTEGER PRIMARY KEY AUTOINCREMENT,
    document_id TEXT NOT NULL,
    anchor      TEXT NOT NULL,
    id          TEXT NOT NULL, -- of the variant that it will be
    text        TEXT NOT NULL,
    negative    INTEGER NOT NULL,
    lacks       TEXT NOT NULL,
    model       TEXT NOT NULL,
    who         TEXT NOT NULL,
    at          TEXT NOT NULL,
    UNIQUE (document_id, id)
) STRICT;

-- +goose Down
DROP TABLE variant_drafts;
ALTER TABLE variants DROP COLUMN accepted;
ALTER TABLE variants DROP COLUMN model;
DROP TABLE embedder;
