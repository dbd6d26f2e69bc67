package jsonrpc

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/opengam/opengam/internal/gam"
)

// request is what is sent. Params are positional and always an array.
type request struct {
	Version string `json:"jsonrpc"`
	ID      uint64 `json:"id"`
	Method  string `json:"method"`
	Params  []any  `json:"params"`
}

// maxSnippet is how much of a foreign answer appears in a message, in bytes.
const maxSnippet = 80

// answer is the envelope of what came back; the result stays as it is.
type answer struct {
	ID     json.RawMessage `json:"id"`
	Error  json.RawMessage `json:"error"`
	Result json.RawMessage `json:"result"`
}

// decode takes an answer to the question numbered id apart. "error": null
// counts as no error; a result of null is nil. The id may come back as a
// number or as text, or be missing (some servers leave it out of errors);
// another id is somebody else's answer.
func decode(body []byte, id uint64) (json.RawMessage, error) {
	body = bytes.TrimSpace(bytes.TrimPrefix(body, []byte("\xef\xbb\xbf")))
	if len(body) == 0 {
		return nil, &Error{Cause: Truncated, Text: "the answer is empty"}
	}
	var a answer
	if err := json.Unmarshal(body, &a); err != nil {
		var syn *json.SyntaxError
		if errors.Is(err, io.ErrUnexpectedEOF) || (errors.As(err, &syn) && body[0] == '{' && syn.Offset >= int64(len(body))) {
			return nil, &Error{Cause: Truncated, Text: fmt.Sprintf("the answer stops in the middle, after %d bytes", len(body)), Err: err}
		}
		return nil, &Error{Cause: NotJSON, Text: "the answer is not JSON-RPC: " + snippet(body)}
	}
	if a.Error == nil && a.Result == nil {
		return nil, &Error{Cause: NotJSON, Text: "the answer has neither result nor error: " + snippet(body)}
	}
	if !sameID(a.ID, id) {
		return nil, &Error{Cause: NotJSON, Text: fmt.Sprintf("the answer belongs to question %s, asked was %d", snippet(a.ID), id)}
	}
	if !isNull(a.Error) {
		return nil, decodeError(a.Error)
	}
	if isNull(a.Result) {
		return nil, nil
	}
	return a.Result, nil
}

// decodeError reads an error object; anything else in its place is kept as
// the message, because an error it is in any case.
func decodeError(raw json.RawMessage) *RPCError {
	var e struct {
		Code    json.RawMessage `json:"code"`
		Message json.RawMessage `json:"message"`
		Data    json.RawMessage `json:"data"`
	}
	if json.Unmarshal(raw, &e) != nil {
		return &RPCError{Message: plain(raw)}
	}
	out := &RPCError{Message: plain(e.Message)}
	if code, err := strconv.ParseFloat(plain(e.Code), 64); err == nil && code == float64(int32(code)) {
		out.Code = int(code)
	}
	if !isNull(e.Data) {
		out.Data = e.Data
	}
	return out
}

// plain is a JSON string's text, or any other value's own spelling.
func plain(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) != nil {
		s = string(raw)
	}
	return gam.Clip(s, 200)
}

func isNull(raw json.RawMessage) bool { return len(raw) == 0 || string(raw) == "null" }

func sameID(raw json.RawMessage, want uint64) bool {
	if isNull(raw) {
		return true
	}
	got := strings.Trim(string(raw), `"`)
	if got == strconv.FormatUint(want, 10) {
		return true
	}
	f, err := strconv.ParseFloat(got, 64)
	return err == nil && f == float64(want)
}

// snippet is the beginning of a foreign text, printable.
func snippet(b []byte) string {
	if len(b) > 4*maxSnippet {
		b = b[:4*maxSnippet]
	}
	s := gam.Clip(string(b), maxSnippet)
	if s == "" {
		return "(nothing printable)"
	}
	return strconv.Quote(s)
}
