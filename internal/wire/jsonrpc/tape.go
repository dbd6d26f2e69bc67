package jsonrpc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

// Tape is a transport that answers from recorded files, one per question, so
// that a device can be asked again without being there. With Live set it asks
// the device and records what came back, after Scrub has taken out names,
// addresses and secrets.
//
// A file is the answer as it came over the wire, named by method and
// parameters; the id is put in on replay. A second answer to the same
// question is in a file with ".2" before the extension, and so on; the last
// one repeats.
type Tape struct {
	Dir   string
	Live  http.RoundTripper
	Scrub func(string) string

	mu     sync.Mutex
	played map[string]int
}

// TapeFile is the file of one question, without number and extension.
func TapeFile(method string, params json.RawMessage) string {
	args := strings.Trim(unsafeInName.ReplaceAllString(string(params), "_"), "_")
	if len(args) > 60 {
		args = args[:60]
	}
	if args == "" {
		return method
	}
	return method + "-" + args
}

var unsafeInName = regexp.MustCompile(`[^A-Za-z0-9.]+`)

// RoundTrip implements http.RoundTripper.
func (t *Tape) RoundTrip(req *http.Request) (*http.Response, error) {
	body, err := io.ReadAll(req.Body)
	_ = req.Body.Close()
	if err != nil {
		return nil, fmt.Errorf("tape: read question: %w", err)
	}
	var q struct {
		ID     json.RawMessage `json:"id"`
		Method string          `json:"method"`
		Params json.RawMessage `json:"params"`
	}
	if err := json.Unmarshal(body, &q); err != nil {
		return nil, fmt.Errorf("tape: question is not JSON-RPC: %w", err)
	}
	// The parameters are scrubbed for the name as well, so that a recording
	// and its replay agree on it.
	name := TapeFile(q.Method, q.Params)
	if t.Scrub != nil {
		name = TapeFile(q.Method, json.RawMessage(t.Scrub(string(q.Params))))
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.played == nil {
		t.played = map[string]int{}
	}
	t.played[name]++
	if t.Live != nil {
		return t.record(req, body, name, t.played[name])
	}
	return t.replay(req, name, t.played[name], q.ID)
}

func (t *Tape) path(name string, n int) string {
	if n > 1 {
		name = fmt.Sprintf("%s.%d", name, n)
	}
	return filepath.Join(t.Dir, name+".json")
}

func (t *Tape) record(req *http.Request, body []byte, name string, n int) (*http.Response, error) {
	again := req.Clone(req.Context())
	again.Body = io.NopCloser(bytes.NewReader(body))
	resp, err := t.Live.RoundTrip(again)
	if err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(resp.Body, DefaultMaxResponse))
	_ = resp.Body.Close()
	if err != nil {
		return nil, fmt.Errorf("tape: read answer: %w", err)
	}
	text := string(data)
	if t.Scrub != nil {
		text = t.Scrub(text)
	}
	if err := os.WriteFile(t.path(name, n), []byte(text), 0o600); err != nil {
		return nil, fmt.Errorf("tape: keep answer: %w", err)
	}
	resp.Body = io.NopCloser(bytes.NewReader(data))
	return resp, nil
}

func (t *Tape) replay(req *http.Request, name string, n int, id json.RawMessage) (*http.Response, error) {
	var data []byte
	var err error
	for ; n > 0; n-- {
		if data, err = os.ReadFile(t.path(name, n)); err == nil {
			break
		}
	}
	if err != nil {
		// A question that was never recorded is a method that the recorded
		// device did not have.
		data = fmt.Appendf(nil, `{"error":{"code":%d,"message":"not on this tape: %s"},"result":null}`, CodeNoMethod, name)
	}
	var a map[string]json.RawMessage
	if json.Unmarshal(data, &a) == nil && a != nil {
		a["id"] = id
		if data, err = json.Marshal(a); err != nil {
			return nil, fmt.Errorf("tape: number answer: %w", err)
		}
	}
	return &http.Response{
		StatusCode: http.StatusOK, ProtoMajor: 1, ProtoMinor: 1,
		Header: http.Header{"Content-Type": {"application/json"}},
		Body:   io.NopCloser(bytes.NewReader(data)), ContentLength: int64(len(data)), Request: req,
	}, nil
}
