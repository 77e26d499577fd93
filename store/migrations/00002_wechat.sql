-- +goose Up

-- Messages of WeChat that were accepted, in that order. openid and body are sealed, and taken away when the message is done.
CREATE TABLE wechat_inbox (
    n           INTEGER PRIMARY KEY AUTOINCREMENT,
    channel     TEXT NOT NULL,
    session     TEXT NOT NULL, -- HMAC of channel and openid
    kind        TEXT NOT NULL,
    state       TEXT NOT NULL CHECK (state IN ('waiting', 'planned', 'done')),
    accepted_at TEXT NOT NULL,
    msg_id      TEXT NOT NULL,
    request_id  TEXT NOT NULL,
    openid      BLOB,
    body        BLOB,
    answer_id   TEXT NOT NULL DEFAULT '',
    outcome     TEXT NOT NULL DEFAULT '',
    done_at     TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX wechat_inbox_open ON wechat_inbox (session) WHERE state <> 'done';
CREATE INDEX wechat_inbox_session ON wechat_inbox (session, accepted_at);

-- What is sent for a message. 0 is the interim message, the answer's parts count from 1. body is sealed, and taken away at the end.
-- pending -> sending (before the request) -> sent, failed, or pending again when WeChat certainly has not got it; a process that dies leaves
-- sending, which the next one makes unknown. sent, failed and unknown never change.
CREATE TABLE wechat_parts (
    inbox      INTEGER NOT NULL REFERENCES wechat_inbox (n) ON DELETE CASCADE,
    n          INTEGER NOT NULL,
    state      TEXT NOT NULL CHECK (state IN ('pending', 'sending', 'sent', 'unknown', 'failed')),
    tries      INTEGER NOT NULL,
    code       INTEGER NOT NULL,
    body       BLOB,
    changed_at TEXT NOT NULL,
    PRIMARY KEY (inbox, n)
) STRICT, WITHOUT ROWID;
CREATE INDEX wechat_parts_sending ON wechat_parts (state) WHERE state = 'sending';

-- Keys (HMAC) of requests and messages that came already.
CREATE TABLE wechat_seen (
    key   BLOB PRIMARY KEY,
    until TEXT NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX wechat_seen_until ON wechat_seen (until);

-- body is sealed: what a conversation leaves for its next message.
CREATE TABLE wechat_sessions (
    session     TEXT PRIMARY KEY,
    body        BLOB,
    last_at     TEXT NOT NULL,
    welcomed_at TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Messages that were let in to be answered, by channel and day.
CREATE TABLE wechat_days (
    channel TEXT NOT NULL,
    day     TEXT NOT NULL,
    n       INTEGER NOT NULL,
    PRIMARY KEY (channel, day)
) STRICT, WITHOUT ROWID;

-- Channels that an operator stopped.
CREATE TABLE wechat_stopped (
    channel TEXT PRIMARY KEY,
    since   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- +goose Down
DROP TABLE wechat_stopped;
DROP TABLE wechat_days;
DROP TABLE wechat_sessions;
DROP TABLE wechat_seen;
DROP TABLE wechat_parts;
DROP TABLE wechat_inbox;
