-- +goose Up
-- Rows about people and about OpenGAM itself.
-- Times are microseconds since 1970 in UTC, 0 for "never".
-- Searched text is folded (no case, no accents) by the program.
-- {{id}}, {{json}} and {{blob}} are written for each database.

CREATE TABLE meta (
    key   TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE settings (
    id      BIGINT NOT NULL PRIMARY KEY CHECK (id = 1),
    version BIGINT NOT NULL,
    data    {{json}} NOT NULL
);

CREATE TABLE users (
    id            {{id}},
    name          TEXT    NOT NULL,
    name_key      TEXT    NOT NULL, -- the name without its case
    role          TEXT    NOT NULL,
    password_hash TEXT    NOT NULL,
    disabled      BOOLEAN NOT NULL,
    created_at    BIGINT  NOT NULL,
    last_login_at BIGINT  NOT NULL,
    search_text   TEXT    NOT NULL
);
CREATE UNIQUE INDEX users_name_key ON users (name_key);

CREATE TABLE tokens (
    id           {{id}},
    name         TEXT   NOT NULL,
    role         TEXT   NOT NULL,
    hash         TEXT   NOT NULL,
    expires_at   BIGINT NOT NULL,
    created_at   BIGINT NOT NULL,
    last_used_at BIGINT NOT NULL,
    created_by   TEXT   NOT NULL,
    search_text  TEXT   NOT NULL
);
CREATE UNIQUE INDEX tokens_hash_key ON tokens (hash);

CREATE TABLE sessions (
    token_hash TEXT     NOT NULL PRIMARY KEY, -- SHA-256: a stolen copy of this table logs nobody in
    data       {{blob}} NOT NULL,
    expires_at BIGINT   NOT NULL
);
CREATE INDEX sessions_expires_at ON sessions (expires_at);

CREATE TABLE idempotency_keys (
    actor      TEXT   NOT NULL,
    key        TEXT   NOT NULL,
    status     BIGINT NOT NULL,
    body       TEXT   NOT NULL, -- encrypted: an answer may hold a new token
    created_at BIGINT NOT NULL,
    PRIMARY KEY (actor, key)
);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);

CREATE TABLE audits (
    id          {{id}},
    actor       TEXT   NOT NULL,
    action      TEXT   NOT NULL,
    object      TEXT   NOT NULL,
    detail      TEXT   NOT NULL,
    at          BIGINT NOT NULL,
    search_text TEXT   NOT NULL
);
CREATE INDEX audits_actor ON audits (actor);

-- +goose Down
DROP TABLE audits;
DROP TABLE idempotency_keys;
DROP TABLE sessions;
DROP TABLE tokens;
DROP TABLE users;
DROP TABLE settings;
DROP TABLE meta;
