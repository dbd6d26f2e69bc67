// Package store keeps rows in SQLite (the default) or PostgreSQL: what people
// and billing want, what devices were seen to be, who may log in, and the
// journal of what was done. The same query code serves both databases and the
// same tests prove it.
//
// It holds transactions, migrations, the change feed, leases and secrets at
// rest. It decides nothing: rules of the hardware are in gam, orders are
// checked one floor up, time series and jobs live elsewhere.
//
// Times are UTC, kept as microseconds. Text from outside loses its NUL bytes
// here at the latest. Something missing is a wrapped gam.ErrNotFound, a
// doubled name or address a wrapped gam.ErrConflict, a write to a row that
// somebody else changed meanwhile a wrapped gam.ErrStale.
package store
