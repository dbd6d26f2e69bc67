// Package api is the door for people: the REST resources below /api/v1, their
// OpenAPI document, the event stream, logins, tokens and roles, and one way of
// saying what went wrong (RFC 9457).
//
// Handlers read input, call one thing (store for reading, order for what is
// wanted, a live device for what only it knows) and write output. No rule of
// the hardware and no decision about orders lives here. Machines that push at
// us (billing, announcements, traps) come in through intake.
package api

//go:generate go test -run TestSpecIsCurrent -update .
