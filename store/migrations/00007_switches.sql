-- +goose Up

-- Channels, and the language model as a whole (model), that somebody switched off. Those of WeChat's webhook stand in wechat_stopped.
CREATE TABLE switched_off (
    name   TEXT PRIMARY KEY,
    since  TEXT NOT NULL,
    who    TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT, WITHOUT ROWID;

ALTER TABLE wechat_stopped ADD COLUMN who TEXT NOT NULL DEFAULT '';
ALTER TABLE wechat_stopped ADD COLUMN reason TEXT NOT NULL DEFAULT '';

-- What language models took on a day, in tokens: budgets go on from here after a restart. Several processes add to it.
CREATE TABLE model_days (
    day        TEXT NOT NULL,
    channel    TEXT NOT NULL,
    backend    TEXT NOT NULL,
    calls      INTEGER NOT NULL,
    prompt     INTEGER NOT NULL,
    completion INTEGER NOT NULL,
    cost       REAL NOT NULL,
    PRIMARY KEY (day, channel, backend)
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE model_days;
ALTER TABLE wechat_stopped DROP COLUMN reason;
ALTER TABLE wechat_stopped DROP COLUMN who;
DROP TABLE switched_off;
