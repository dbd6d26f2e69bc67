-- +goose Up
-- What devices were seen to be.

CREATE TABLE device_states (
    device_id          BIGINT NOT NULL PRIMARY KEY REFERENCES devices (id) ON DELETE CASCADE,
    model              TEXT   NOT NULL,
    object_id          TEXT   NOT NULL,
    serial_number      TEXT   NOT NULL,
    mac_address        TEXT   NOT NULL,
    firmware           TEXT   NOT NULL,
    firmware_alternate TEXT   NOT NULL,
    subscriber_model   TEXT   NOT NULL,
    default_nni        BIGINT NOT NULL,
    port_count         BIGINT NOT NULL,
    medium             TEXT   NOT NULL,
    hostname           TEXT   NOT NULL,
    uptime_us          BIGINT NOT NULL,
    status             TEXT   NOT NULL,
    status_reason      TEXT   NOT NULL,
    failures           BIGINT NOT NULL,
    last_seen_at       BIGINT NOT NULL,
    next_poll_at       BIGINT NOT NULL,
    sync_phase         TEXT   NOT NULL,
    sync_reason        TEXT   NOT NULL,
    sync_since         BIGINT NOT NULL,
    applied_rev        BIGINT NOT NULL,
    unsaved            BOOLEAN NOT NULL,
    state_search       TEXT   NOT NULL
);
CREATE UNIQUE INDEX device_states_serial_number_key ON device_states (serial_number)
    WHERE serial_number <> '';

CREATE TABLE device_leases (
    device_id BIGINT NOT NULL PRIMARY KEY REFERENCES devices (id) ON DELETE CASCADE,
    owner     TEXT   NOT NULL,
    until     BIGINT NOT NULL
);

CREATE TABLE device_configs (
    device_id BIGINT NOT NULL PRIMARY KEY REFERENCES devices (id) ON DELETE CASCADE,
    data      {{json}} NOT NULL,
    vlans     {{json}} NOT NULL, -- those of its subscriber entries, for giving out free ones
    read_at   BIGINT NOT NULL
);

CREATE TABLE device_ports (
    device_id   BIGINT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    kind        TEXT   NOT NULL,
    number      BIGINT NOT NULL,
    name        TEXT   NOT NULL,
    port_type   TEXT   NOT NULL,
    admin_up    BOOLEAN, -- NULL: the firmware does not tell
    up          BOOLEAN NOT NULL,
    full_duplex BOOLEAN NOT NULL,
    speed_mbps  BIGINT NOT NULL,
    sfp         TEXT   NOT NULL,
    seen_at     BIGINT NOT NULL,
    PRIMARY KEY (device_id, kind, number)
);

CREATE TABLE endpoint_states (
    device_id         BIGINT NOT NULL REFERENCES devices (id) ON DELETE CASCADE,
    mac_address       TEXT   NOT NULL,
    port              BIGINT NOT NULL, -- detected, else configured
    detected_port     BIGINT NOT NULL,
    config_port       BIGINT NOT NULL,
    configured        BOOLEAN NOT NULL,
    entry_id          BIGINT NOT NULL,
    entry_name        TEXT   NOT NULL,
    service_name      TEXT   NOT NULL,
    profile_name      TEXT   NOT NULL,
    state             TEXT   NOT NULL,
    model             TEXT   NOT NULL,
    firmware_mismatch BOOLEAN NOT NULL,
    has_detail        BOOLEAN NOT NULL, -- the columns from alive on are known
    alive             BOOLEAN NOT NULL,
    own_name          TEXT   NOT NULL,
    hw_product        TEXT   NOT NULL,
    serial_number     TEXT   NOT NULL,
    firmware          TEXT   NOT NULL,
    uptime_us         BIGINT NOT NULL,
    port_mode         TEXT   NOT NULL,
    wire_length_m     BIGINT, -- NULL: the device does not tell
    phy_rate_rx_mbps  BIGINT,
    phy_rate_tx_mbps  BIGINT,
    max_xput_rx_mbps  BIGINT,
    max_xput_tx_mbps  BIGINT,
    xput_mbps         BIGINT,
    first_seen_at     BIGINT NOT NULL,
    last_seen_at      BIGINT NOT NULL,
    seen_at           BIGINT NOT NULL,
    search_text       TEXT   NOT NULL,
    PRIMARY KEY (device_id, mac_address)
);
CREATE INDEX endpoint_states_mac_address ON endpoint_states (mac_address, device_id);

-- +goose Down
DROP TABLE endpoint_states;
DROP TABLE device_ports;
DROP TABLE device_configs;
DROP TABLE device_leases;
DROP TABLE device_states;
