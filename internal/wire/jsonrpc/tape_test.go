package jsonrpc

import (
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTape(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	n := 0
	live := setup(t, func(w http.ResponseWriter, r *http.Request) {
		n++
		says(`{"id":null,"error":null,"result":{"Name":"Mrs Smith","N":`+string(rune('0'+n))+`}}`)(w, r)
	})
	scrub := func(s string) string { return strings.ReplaceAll(s, "Mrs Smith", "customer") }

	c, err := New(Options{URL: live.url, Transport: &Tape{Dir: dir, Live: http.DefaultTransport, Scrub: scrub}})
	if err != nil {
		t.Fatal(err)
	}
	question := Call{Method: "a.get", Params: []any{"Mrs Smith"}, Read: true}
	for range 2 {
		got, err := c.Call(t.Context(), question)
		if err != nil || !strings.Contains(string(got), "Mrs Smith") {
			t.Fatalf("recording: %s, %v; the asker gets the answer as it is", got, err)
		}
	}
	files, _ := filepath.Glob(filepath.Join(dir, "*"))
	if len(files) != 2 {
		t.Fatalf("files %q, want one per answer", files)
	}
	for _, f := range files {
		b, err := os.ReadFile(f)
		if err != nil || strings.Contains(string(b), "Smith") || strings.Contains(f, "Smith") {
			t.Errorf("%s: %s, %v; want the name scrubbed", f, b, err)
		}
	}

	c, err = New(Options{URL: "http://gam.invalid", Transport: &Tape{Dir: dir}})
	if err != nil {
		t.Fatal(err)
	}
	question.Params = []any{"customer"}
	for i, want := range []string{`"N":1`, `"N":2`, `"N":2`} {
		got, err := c.Call(t.Context(), question)
		if err != nil || !strings.Contains(string(got), want) {
			t.Errorf("replay %d: %s, %v; want %s", i, got, err, want)
		}
	}
	_, err = c.Call(t.Context(), Call{Method: "never.asked"})
	var rpc *RPCError
	if !errors.As(err, &rpc) || rpc.Code != CodeNoMethod {
		t.Errorf("a question that is not on the tape: %v", err)
	}
}
