package jsonrpc

import (
	"encoding/json"
	"fmt"
)

// Cause is why no usable answer came back.
type Cause string

// Causes.
const (
	Timeout      Cause = "timeout"       // no answer within the call's deadline
	Canceled     Cause = "canceled"      // the caller gave up
	NoConnection Cause = "no connection" // refused, no route, name not found
	Broken       Cause = "broken"        // the connection ended before or within the answer
	TLSFailed    Cause = "tls failed"    // no encrypted connection, or a certificate that does not verify
	PinChanged   Cause = "pin changed"   // another certificate than the pinned one
	HTTPStatus   Cause = "http status"   // a web server answered, but not with a result
	NotJSON      Cause = "not json"      // an answer that is no JSON-RPC envelope
	TooLarge     Cause = "too large"     // an answer above the size limit
	Truncated    Cause = "truncated"     // an answer that stops in the middle
	Closed       Cause = "closed"        // the client was closed
)

// Error is a call without a usable answer. Its text never holds credentials.
type Error struct {
	Cause  Cause
	Status int    // HTTP status, for HTTPStatus
	Text   string // what happened, for people, cleaned
	// Location is where a redirect pointed, cleaned; redirects are not
	// followed, because the login would go along.
	Location string
	Err      error // the cause beneath, may be nil
}

func (e *Error) Error() string { return e.Text }

func (e *Error) Unwrap() error { return e.Err }

// RPCError is the error object of an answer: the other side has understood
// the question, or says that it has not.
type RPCError struct {
	Code    int
	Message string          // cleaned
	Data    json.RawMessage // as sent, nil when missing
}

func (e *RPCError) Error() string {
	return fmt.Sprintf("error %d: %s", e.Code, e.Message)
}

// Codes of the JSON-RPC specification.
const (
	CodeParse          = -32700
	CodeInvalidRequest = -32600
	CodeNoMethod       = -32601
	CodeInvalidParams  = -32602
	CodeInternal       = -32603
)
