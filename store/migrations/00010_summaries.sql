-- +goose Up

-- What lists show of a document's version, or of a file that waits: reading it out of the bodies of all documents takes a second with 10,000
-- chunks. meta is JSON; a row never changes, as its version does not.
CREATE TABLE summaries (
    document_id TEXT NOT NULL,
    version     TEXT NOT NULL,
    meta        TEXT NOT NULL,
    chunks      INTEGER NOT NULL,
    PRIMARY KEY (document_id, version)
) STRICT, WITHOUT ROWID;

-- What became of the questions of a closed gap is asked by their text.
CREATE INDEX log_question ON log (question, created_at);

-- For counting: the table itself is as wide as the variants' texts.
CREATE INDEX variants_signs ON variants (document_id, negative);

-- +goose Down
DROP INDEX log_question;
DROP INDEX variants_signs;
DROP TABLE summaries;
