package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestNew(t *testing.T) {
	t.Parallel()
	for base, good := range map[string]bool{
		"http://localhost:8001": true, "https://gam.example/": true,
		"": false, "localhost:8001": false, "ftp://x": false, "http://": false, "http://%zz": false,
	} {
		if _, err := New(base, "token"); (err == nil) != good {
			t.Errorf("New(%q): %v", base, err)
		}
	}
	if _, err := New("http://localhost:8001", ""); err == nil || !strings.Contains(err.Error(), "OPENGAM_TOKEN") {
		t.Errorf("without a token: %v", err)
	}
}

// serve is a client of a server that answers with h.
func serve(t *testing.T, h http.HandlerFunc) *Client {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c, err := New(s.URL+"/", "the-token")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestDoSendsAndReads(t *testing.T) {
	t.Parallel()
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		var in map[string]string
		if err := json.NewDecoder(r.Body).Decode(&in); err != nil {
			t.Error(err)
		}
		fmt.Fprintf(w, `{"seen":"%s %s %s %s %s"}`, r.Method, r.URL.Path, in["name"], r.Header.Get("Authorization"), r.Header.Get("Idempotency-Key"))
	})
	var out struct{ Seen string }
	if err := c.Once("key-1").Do(t.Context(), http.MethodPost, "/api/v1/things", map[string]string{"name": "x"}, &out); err != nil {
		t.Fatal(err)
	}
	if want := "POST /api/v1/things x Bearer the-token key-1"; out.Seen != want {
		t.Errorf("sent %q, want %q", out.Seen, want)
	}
	if c.key != "" {
		t.Error("Once changed the client that it was called on")
	}
}

func TestDoTellsProblems(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		body   string
		want   string
	}{
		"a problem":           {409, `{"title":"Conflict","status":409,"detail":"another user has this name","code":"conflict"}`, "another user has this name"},
		"fields, once each":   {422, `{"title":"x","detail":"some fields were refused: name: too long","errors":[{"field":"name","message":"too long"}]}`, "some fields were refused: name: too long"},
		"fields of their own": {422, `{"title":"refused","errors":[{"field":"name","message":"too long"},{"message":"sorry"}]}`, "refused\n  name: too long\n  sorry"},
		"somebody else's":     {502, `<html>bad gateway`, "GET /x answered 502 Bad Gateway"},
		"nothing":             {401, ``, "GET /x answered 401 Unauthorized"},
	} {
		err := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(c.status)
			_, _ = w.Write([]byte(c.body))
		}).Do(t.Context(), http.MethodGet, "/x", nil, nil)
		var p *Problem
		if !errors.As(err, &p) || p.Status != c.status || err.Error() != c.want {
			t.Errorf("%s: %v, want status %d and %q", name, err, c.status, c.want)
		}
	}
}

func TestDoTellsWhatIsNoAnswer(t *testing.T) {
	t.Parallel()
	var out struct{}
	err := serve(t, func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("hello")) }).
		Do(t.Context(), http.MethodGet, "/x", nil, &out)
	if err == nil || !strings.Contains(err.Error(), "not what was expected") {
		t.Errorf("an answer that is no JSON: %v", err)
	}
	s := httptest.NewServer(http.NotFoundHandler())
	s.Close()
	c, err := New(s.URL, "the-token")
	if err != nil {
		t.Fatal(err)
	}
	err = c.Do(t.Context(), http.MethodGet, "/x", nil, nil)
	if err == nil || !strings.Contains(err.Error(), "opengam serve") || strings.Contains(err.Error(), "the-token") {
		t.Errorf("nobody there: %v", err)
	}
}

func TestAllReadsEveryPage(t *testing.T) {
	t.Parallel()
	pages := map[string]string{
		"":  `{"items":[1,2],"total":5,"next":"a"}`,
		"a": `{"items":[3,4],"total":5,"next":"b"}`,
		"b": `{"items":[5],"total":5,"next":null}`,
	}
	c := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if q := r.URL.Query(); q.Get("limit") != "500" {
			t.Errorf("asked for %s", r.URL)
		}
		_, _ = w.Write([]byte(pages[r.URL.Query().Get("cursor")]))
	})
	got, err := All[int](t.Context(), c, "/things", nil)
	if err != nil || fmt.Sprint(got) != "[1 2 3 4 5]" {
		t.Errorf("All: %v, %v", got, err)
	}
	bad := serve(t, func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) })
	if _, err := All[int](t.Context(), bad, "/things", nil); err == nil {
		t.Error("a refused page is no error")
	}
}
