// Package jsonrpc speaks JSON-RPC over HTTP to an embedded device: one POST
// per call, HTTP Basic login, one call at a time, a deadline and a size limit
// on each, certificates pinned or verified, failures sorted by cause.
//
// It knows envelopes, not methods: what is asked and what the answers mean is
// the business of the packages above.
package jsonrpc
