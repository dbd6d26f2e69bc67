-- +goose Up
-- What is ours on a device, what was done there, and what to tell the screen.

CREATE TABLE owned_entries (
    device_id     BIGINT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    kind          TEXT   NOT NULL,
    key           TEXT   NOT NULL,
    entry_id      BIGINT NOT NULL,
    subscriber_id BIGINT NOT NULL, -- 0: shared by several
    claimed       BOOLEAN NOT NULL,
    written       {{json}} NOT NULL,
    PRIMARY KEY (device_id, kind, key)
);

-- The journal outlives the devices and subscribers that it tells of.
CREATE TABLE changes (
    id            {{id}},
    device_id     BIGINT NOT NULL,
    subscriber_id BIGINT NOT NULL,
    pass_id       TEXT   NOT NULL,
    actor         TEXT   NOT NULL,
    step          {{json}} NOT NULL,
    result        TEXT   NOT NULL,
    error         TEXT   NOT NULL,
    at            BIGINT NOT NULL,
    duration_ms   BIGINT NOT NULL
);
CREATE INDEX changes_device_id ON changes (device_id, id);
CREATE INDEX changes_subscriber_id ON changes (subscriber_id, id);

CREATE TABLE events (
    seq       {{id}},
    kind      TEXT   NOT NULL,
    thing_id  TEXT   NOT NULL,
    device_id BIGINT NOT NULL,
    at        BIGINT NOT NULL,
    data      {{json}}
);

-- +goose Down
DROP TABLE events;
DROP TABLE changes;
DROP TABLE owned_entries;
