-- +goose Up

-- The answer log as it is searched, counted and proven: one narrow row beside each row of answers, which are wide (5 KiB with their
-- traces) and slow to pass over. n is the place in the hash chain: 1, 2, 3 ... without gaps. hash covers the record and the hash before
-- it (log_chain.go); verdict, which residents may change, is not covered.
CREATE TABLE log (
    n                 INTEGER PRIMARY KEY,
    answer_id         TEXT NOT NULL UNIQUE REFERENCES answers (id) ON DELETE CASCADE,
    hash              BLOB NOT NULL,
    created_at        TEXT NOT NULL,
    channel           TEXT NOT NULL,
    status            TEXT NOT NULL,
    mode              TEXT NOT NULL,
    degraded          INTEGER NOT NULL,
    question          TEXT NOT NULL,
    index_version     TEXT NOT NULL,
    verdict           TEXT NOT NULL, -- of the live feedback, empty without
    margin            REAL,          -- how far the weakest quoted part was above the floor; null where nothing was searched
    topic             TEXT NOT NULL, -- innermost heading of the first citation
    took_ns           INTEGER NOT NULL,
    model             TEXT NOT NULL,
    prompt_tokens     INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    cost              REAL NOT NULL
) STRICT;
CREATE INDEX log_created ON log (created_at, n);
CREATE INDEX log_status ON log (status, n);
CREATE INDEX log_channel ON log (channel, n);
CREATE INDEX log_verdict ON log (verdict, n) WHERE verdict <> '';
CREATE INDEX log_version ON log (index_version, n);

-- What was cited by which answer.
CREATE TABLE log_citations (
    document_id TEXT NOT NULL,
    chunk_id    TEXT NOT NULL,
    n           INTEGER NOT NULL REFERENCES log (n) ON DELETE CASCADE,
    PRIMARY KEY (document_id, chunk_id, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX log_citations_of ON log_citations (n);

-- Pairs of characters of question and answer (log_words.go). The rowid is n.
CREATE VIRTUAL TABLE log_words USING fts5 (words, content = '', contentless_delete = 1, tokenize = "unicode61 remove_diacritics 0");

-- Figures of a day (in China's time), written with each record: counting 100,000 records anew takes half a second. They hold nobody's words
-- and stay when retention deletes the records. kind and name: see log_days.go.
CREATE TABLE log_days (
    day  TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    n    REAL NOT NULL,
    PRIMARY KEY (day, kind, name)
) STRICT, WITHOUT ROWID;

-- The end of the chain. complete = 0: answers of an older version wait to be entered (once, when the folder is opened).
CREATE TABLE log_head (
    id       INTEGER PRIMARY KEY CHECK (id = 1),
    n        INTEGER NOT NULL,
    hash     BLOB NOT NULL,
    complete INTEGER NOT NULL
) STRICT;
INSERT INTO log_head (id, n, hash, complete) VALUES (1, 0, zeroblob(32), 0);

-- What retention deleted: records up to n, the last of which had this hash, so that the chain goes on from there. seal covers the
-- checkpoint before and this one.
CREATE TABLE log_checkpoints (
    n          INTEGER PRIMARY KEY,
    hash       BLOB NOT NULL,
    deleted    INTEGER NOT NULL,
    before     TEXT NOT NULL,
    made_at    TEXT NOT NULL,
    seal       BLOB NOT NULL
) STRICT;

-- Records whose owner deleted them (DeleteHistory): their place and hash stay, so that the chain goes on over them.
CREATE TABLE log_erased (
    n         INTEGER PRIMARY KEY,
    hash      BLOB NOT NULL,
    erased_at TEXT NOT NULL
) STRICT;

CREATE TABLE log_filters (
    owner  TEXT NOT NULL, -- account; empty: of everybody
    name   TEXT NOT NULL,
    query  TEXT NOT NULL, -- as in the address of the page
    PRIMARY KEY (owner, name)
) STRICT, WITHOUT ROWID;

-- +goose StatementBegin
CREATE TRIGGER answers_never_change BEFORE UPDATE ON answers
BEGIN
    SELECT RAISE(ABORT, 'answers are immutable');
END;
-- +goose StatementEnd

-- +goose Down
DROP TRIGGER answers_never_change;
DROP TABLE log_filters;
DROP TABLE log_erased;
DROP TABLE log_checkpoints;
DROP TABLE log_head;
DROP TABLE log_days;
DROP TABLE log_words;
DROP TABLE log_citations;
DROP TABLE log;
