package store

import (
	"database/sql"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"

	"github.com/opengam/opengam/internal/gam"
)

// Error codes (sqlite.org/rescode.html; PostgreSQL manual, appendix A).
const (
	sqliteBusy       = 5
	sqliteLocked     = 6
	sqliteReadOnly   = 8
	sqliteIOErr      = 10
	sqliteFull       = 13
	sqliteCantOpen   = 14
	sqliteForeignKey = 787
	sqlitePrimaryKey = 1555
	sqliteUnique     = 2067

	pgForeignKey    = "23503"
	pgUnique        = "23505"
	pgSerialization = "40001"
	pgDeadlock      = "40P01"
	pgDiskFull      = "53100"
	pgNoDatabase    = "3D000"
	pgMissingTable  = "42P01"
	pgGoing         = "57P" // shutting down, crashed, starting
)

// taken says for every unique index what a person did wrong. SQLite names the
// columns of a violated index and PostgreSQL the index.
var taken = []struct{ index, columns, message string }{
	{"devices_name_key", "devices.name", "another device has this name"},
	{"device_states_serial_number_key", "device_states.serial_number", "another device has this serial number"},
	{"sites_name_key", "sites.name", "another site has this name"},
	{"plans_name_key", "plans.name", "another plan has this name"},
	{"subscribers_endpoint_mac_key", "subscribers.endpoint_mac", "another subscriber uses this endpoint"},
	{"subscribers_device_name_key", "subscribers.device_id, subscribers.device_name", "another subscriber has this name on the device"},
	{"users_name_key", "users.name_key", "another user has this name"},
	{"tokens_hash_key", "tokens.hash", "this token exists already"},
	{"idempotency_keys_pkey", "idempotency_keys.actor, idempotency_keys.key", "this idempotency key was used already"},
}

// failed wraps an error of the database with what could not be done, and with
// the sentinel or the remedy that fits. A nil error stays nil.
func (c *core) failed(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	what := fmt.Sprintf(format, args...)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return fmt.Errorf("%s: %w", what, gam.ErrNotFound)
	case unreachable(err):
		return fmt.Errorf("%s: the database does not answer; check that PostgreSQL runs and OPENGAM_DATABASE_URL is right: %w", what, err)
	}
	var pg *pgconn.PgError
	var lite *sqlite.Error
	switch {
	case errors.As(err, &pg):
		switch pg.Code {
		case pgUnique:
			return conflict(what, err, pg.ConstraintName)
		case pgForeignKey:
			return fmt.Errorf("%s: %w: what it refers to does not exist or is still referred to (%s)", what, gam.ErrConflict, pg.ConstraintName)
		case pgDiskFull:
			return fmt.Errorf("%s: the database server's disk is full; free space there: %w", what, err)
		case pgNoDatabase:
			return fmt.Errorf("%s: create the database first (createdb), or correct OPENGAM_DATABASE_URL: %w", what, err)
		case pgMissingTable:
			return fmt.Errorf("%s: the database's schema is older than this program; run opengam migrate up: %w", what, err)
		}
	case errors.As(err, &lite):
		switch code := lite.Code(); {
		case code == sqliteUnique || code == sqlitePrimaryKey:
			return conflict(what, err, lite.Error())
		case code == sqliteForeignKey:
			return fmt.Errorf("%s: %w: what it refers to does not exist or is still referred to", what, gam.ErrConflict)
		case code&0xff == sqliteFull:
			return fmt.Errorf("%s: the disk of %s is full; free space there: %w", what, c.path, err)
		case code&0xff == sqliteReadOnly:
			return fmt.Errorf("%s: %s is read-only; check its owner and mode: %w", what, c.path, err)
		case code&0xff == sqliteIOErr || code&0xff == sqliteCantOpen:
			return fmt.Errorf("%s: cannot use %s; check the disk and the folder's owner: %w", what, c.path, err)
		case strings.Contains(lite.Error(), "no such table"):
			return fmt.Errorf("%s: the database's schema is older than this program; run opengam migrate up: %w", what, err)
		}
	}
	return fmt.Errorf("%s: %w", what, err)
}

func conflict(what string, err error, told string) error {
	for _, t := range taken {
		if told == t.index || strings.Contains(told, ": "+t.columns+" (") {
			return fmt.Errorf("%s: %w: %s", what, gam.ErrConflict, t.message)
		}
	}
	return fmt.Errorf("%s: %w: %w", what, gam.ErrConflict, err)
}

// hung is failed for rows that hang on a device: without it they are
// gam.ErrNotFound.
func (c *core) hung(err error, format string, args ...any) error {
	var pg *pgconn.PgError
	var lite *sqlite.Error
	if errors.As(err, &pg) && pg.Code == pgForeignKey || errors.As(err, &lite) && lite.Code() == sqliteForeignKey {
		return fmt.Errorf("%s: device: %w", fmt.Sprintf(format, args...), gam.ErrNotFound)
	}
	return c.failed(err, format, args...)
}

func unreachable(err error) bool {
	var told *pgconn.PgError
	if errors.As(err, &told) {
		return strings.HasPrefix(told.Code, pgGoing)
	}
	var connect *pgconn.ConnectError
	var network *net.OpError
	return errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, io.ErrUnexpectedEOF)
}

// touched turns "no row was written" into ErrNotFound.
func (c *core) touched(res sql.Result, err error, format string, args ...any) error {
	if err != nil {
		return c.failed(err, format, args...)
	}
	n, err := res.RowsAffected()
	if err != nil {
		return c.failed(err, format, args...)
	}
	if n == 0 {
		return fmt.Errorf("%s: %w", fmt.Sprintf(format, args...), gam.ErrNotFound)
	}
	return nil
}
