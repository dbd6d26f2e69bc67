-- +goose Up
-- What should be.

CREATE TABLE sites (
    id          {{id}},
    version     BIGINT NOT NULL,
    name        TEXT   NOT NULL,
    address     TEXT   NOT NULL,
    notes       TEXT   NOT NULL,
    vlan_policy {{json}},
    search_text TEXT   NOT NULL,
    created_at  BIGINT NOT NULL
);
CREATE UNIQUE INDEX sites_name_key ON sites (name);

CREATE TABLE devices (
    id                 {{id}},
    version            BIGINT NOT NULL,
    name               TEXT   NOT NULL,
    site_id            BIGINT REFERENCES sites (id),
    address            TEXT   NOT NULL,
    notes              TEXT   NOT NULL,
    mode               TEXT   NOT NULL,
    access             {{json}} NOT NULL, -- all that is not secret
    tls_pin            TEXT   NOT NULL,
    jsonrpc_password   TEXT   NOT NULL, -- these five are encrypted
    ssh_password       TEXT   NOT NULL,
    snmp_community     TEXT   NOT NULL,
    snmp_auth_password TEXT   NOT NULL,
    snmp_priv_password TEXT   NOT NULL,
    wanted_rev         BIGINT NOT NULL,
    approved_plan      TEXT   NOT NULL,
    search_text        TEXT   NOT NULL,
    created_at         BIGINT NOT NULL
);
CREATE UNIQUE INDEX devices_name_key ON devices (name);
CREATE INDEX devices_site_id ON devices (site_id);

CREATE TABLE plans (
    id               {{id}},
    version          BIGINT NOT NULL,
    name             TEXT   NOT NULL,
    description      TEXT   NOT NULL,
    downstream_mbps  BIGINT, -- NULL: unthrottled
    upstream_mbps    BIGINT,
    overhead_percent BIGINT NOT NULL,
    search_text      TEXT   NOT NULL
);
CREATE UNIQUE INDEX plans_name_key ON plans (name);

CREATE TABLE subscribers (
    id               {{id}},
    version          BIGINT NOT NULL,
    name             TEXT   NOT NULL,
    description      TEXT   NOT NULL,
    device_id        BIGINT REFERENCES devices (id) ON DELETE SET NULL,
    port             BIGINT NOT NULL,
    endpoint_mac     TEXT   NOT NULL, -- twelve upper-case digits, '' for none
    plan_id          BIGINT REFERENCES plans (id) ON DELETE SET NULL,
    vlan_id          BIGINT NOT NULL,
    vlan_allocated   BOOLEAN NOT NULL,
    tagging          TEXT   NOT NULL,
    remapped_vlan_id BIGINT NOT NULL,
    port2_vlan_id    BIGINT NOT NULL,
    allowed_vlans    {{json}} NOT NULL,
    trunk            BOOLEAN NOT NULL,
    double_tag       {{json}},
    poe              BOOLEAN NOT NULL,
    status           TEXT   NOT NULL,
    device_name      TEXT   NOT NULL,
    external         {{json}} NOT NULL,
    notes            TEXT   NOT NULL,
    sync_phase       TEXT   NOT NULL,
    sync_reason      TEXT   NOT NULL,
    sync_since       BIGINT NOT NULL,
    search_text      TEXT   NOT NULL,
    created_at       BIGINT NOT NULL,
    updated_at       BIGINT NOT NULL,
    updated_by       TEXT   NOT NULL
);
-- One endpoint serves one subscriber, and a name on a device means one entry;
-- what has ended keeps its row and gives both free.
CREATE UNIQUE INDEX subscribers_endpoint_mac_key ON subscribers (endpoint_mac)
    WHERE status <> 'ended' AND endpoint_mac <> '';
CREATE UNIQUE INDEX subscribers_device_name_key ON subscribers (device_id, device_name)
    WHERE status <> 'ended' AND device_name <> '';
CREATE INDEX subscribers_device_id ON subscribers (device_id, port);
CREATE INDEX subscribers_plan_id ON subscribers (plan_id);

-- +goose Down
DROP TABLE subscribers;
DROP TABLE plans;
DROP TABLE devices;
DROP TABLE sites;
