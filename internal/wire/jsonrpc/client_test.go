package jsonrpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/gam"
)

const bait = "s3cr3t-Bait-Pw"

// setup starts a web server and a client of it.
func setup(t *testing.T, h http.HandlerFunc, change ...func(*Options)) *Client {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(srv.Close)
	o := Options{URL: srv.URL + "/json_rpc", Username: "admin", Password: gam.NewSecret(bait), Timeout: 5 * time.Second}
	for _, f := range change {
		f(&o)
	}
	c, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = c.Close() })
	return c
}

// says answers every question with one text.
func says(body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = io.WriteString(w, body)
	}
}

// causeOf is the cause of an *Error, "" of anything else.
func causeOf(err error) Cause {
	var e *Error
	if errors.As(err, &e) {
		return e.Cause
	}
	return ""
}

func TestCallSendsWhatADeviceExpects(t *testing.T) {
	t.Parallel()
	var ids []uint64
	c := setup(t, func(w http.ResponseWriter, r *http.Request) {
		user, pass, ok := r.BasicAuth()
		if r.Method != http.MethodPost || r.URL.Path != "/json_rpc" || !ok || user != "admin" || pass != bait {
			t.Errorf("%s %s as %q %q", r.Method, r.URL.Path, user, pass)
		}
		if got := r.Header.Get("Content-Type"); got != "application/json" {
			t.Errorf("content type %q", got)
		}
		if _, sent := r.Header["Idempotency-Key"]; sent {
			t.Error("the mark for repeatable calls went over the wire")
		}
		var q struct {
			Version string            `json:"jsonrpc"`
			ID      uint64            `json:"id"`
			Method  string            `json:"method"`
			Params  []json.RawMessage `json:"params"`
		}
		if err := json.NewDecoder(r.Body).Decode(&q); err != nil {
			t.Error(err)
		}
		if q.Version != "2.0" || q.Method != "a.b.get" || q.Params == nil {
			t.Errorf("sent %+v", q)
		}
		ids = append(ids, q.ID)
		_, _ = fmt.Fprintf(w, `{"id": %d, "error": null, "result": {"A": 1}}`, q.ID)
	})
	for range 2 {
		got, err := c.Call(t.Context(), Call{Method: "a.b.get", Read: true})
		if err != nil || string(got) != `{"A": 1}` {
			t.Fatalf("Call = %s, %v", got, err)
		}
	}
	if len(ids) != 2 || ids[0] == ids[1] {
		t.Errorf("ids %v, want two different ones", ids)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body, want string
		cause            Cause
	}{
		{"number id", `{"id":1,"error":null,"result":[1]}`, `[1]`, ""},
		{"text id", `{"id":"1","error":null,"result":[1]}`, `[1]`, ""},
		{"id as a fraction", `{"id":1.0,"error":null,"result":2}`, `2`, ""},
		{"no id", `{"error":null,"result":2}`, `2`, ""},
		{"null result", `{"id":1,"error":null,"result":null}`, ``, ""},
		{"no result, no error", `{"id":1,"error":null}`, ``, ""},
		{"error member missing", `{"id":1,"result":true}`, `true`, ""},
		{"byte order mark", "\xef\xbb\xbf{\"id\":1,\"error\":null,\"result\":3}\n", `3`, ""},
		{"another id", `{"id":99,"error":null,"result":2}`, "", NotJSON},
		{"a web page", `<!DOCTYPE html><title>Printer</title>`, "", NotJSON},
		{"an array", `[1,2,3]`, "", NotJSON},
		{"an object of another kind", `{"status":"ok"}`, "", NotJSON},
		{"nothing", ``, "", Truncated},
		{"half", `{"id":1,"error":null,"result":[{"key":"G.hn 1/`, "", Truncated},
		{"garbage", "\x00\x01\x02\xff\xfe", "", NotJSON},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := setup(t, says(tt.body))
			got, err := c.Call(t.Context(), Call{Method: "m", Read: true})
			if causeOf(err) != tt.cause || (tt.cause == "" && err != nil) {
				t.Fatalf("error %v, want cause %q", err, tt.cause)
			}
			if string(got) != tt.want {
				t.Errorf("result %s, want %s", got, tt.want)
			}
		})
	}
}

func TestErrorObjects(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		code       int
		message    string
		data       bool
		status     int
	}{
		{"vendor", `{"id":1,"result":null,"error":{"code":-32603,"message":"Invalid","data":{"x":1}}}`, -32603, "Invalid", true, 200},
		{"no data", `{"id":1,"error":{"code":-32601,"message":"Method not found"}}`, -32601, "Method not found", false, 200},
		{"null data", `{"id":1,"error":{"code":-32601,"message":"m","data":null}}`, -32601, "m", false, 200},
		{"code as text", `{"id":1,"error":{"code":"-32602","message":"m"}}`, -32602, "m", false, 200},
		{"a text instead", `{"id":1,"error":"broken"}`, 0, `broken`, false, 200},
		{"false instead", `{"id":1,"error":false,"result":1}`, 0, `false`, false, 200},
		{"with status 500", `{"id":1,"error":{"code":-32603,"message":"m"}}`, -32603, "m", false, 500},
		{"control characters", `{"id":1,"error":{"code":-1,"message":"a\u0000b\u001b[31mc"}}`, -1, "ab[31mc…", false, 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := setup(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			})
			_, err := c.Call(t.Context(), Call{Method: "m"})
			var rpc *RPCError
			if !errors.As(err, &rpc) {
				t.Fatalf("error %v, want an RPCError", err)
			}
			if rpc.Code != tt.code || rpc.Message != tt.message || (rpc.Data != nil) != tt.data {
				t.Errorf("got %+v (data %s), want code %d, message %q, data %v", rpc, rpc.Data, tt.code, tt.message, tt.data)
			}
		})
	}
}

func TestStatusesAndRedirects(t *testing.T) {
	t.Parallel()
	for _, status := range []int{401, 403, 404, 500, 503} {
		c := setup(t, func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, "login was "+r.Header.Get("Authorization")+" "+bait, status)
		})
		_, err := c.Call(t.Context(), Call{Method: "m"})
		var e *Error
		if !errors.As(err, &e) || e.Cause != HTTPStatus || e.Status != status {
			t.Errorf("status %d: got %v", status, err)
		}
	}
	var followed atomic.Bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Store(true) }))
	defer other.Close()
	c := setup(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/elsewhere?pw="+bait, http.StatusTemporaryRedirect)
	})
	_, err := c.Call(t.Context(), Call{Method: "m", Read: true})
	var e *Error
	if !errors.As(err, &e) || e.Status != http.StatusTemporaryRedirect || !strings.HasPrefix(e.Location, other.URL) {
		t.Errorf("redirect: got %v", err)
	}
	if followed.Load() {
		t.Error("the login was carried to another server")
	}
	if strings.Contains(err.Error(), bait) {
		t.Errorf("the password is in %q", err)
	}
}

func TestTooLargeAndOwnLimit(t *testing.T) {
	t.Parallel()
	body := `{"id":1,"error":null,"result":"` + strings.Repeat("x", 2000) + `"}`
	c := setup(t, says(body), func(o *Options) { o.MaxResponse = 1000 })
	if _, err := c.Call(t.Context(), Call{Method: "m"}); causeOf(err) != TooLarge {
		t.Errorf("error %v, want too large", err)
	}
	c = setup(t, says(body), func(o *Options) { o.MaxResponse = 1000 })
	if _, err := c.Call(t.Context(), Call{Method: "m", MaxResponse: 4000}); err != nil {
		t.Errorf("a call with a larger limit of its own: %v", err)
	}
}

func TestBrokenInTheMiddle(t *testing.T) {
	t.Parallel()
	c := setup(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "5000")
		_, _ = io.WriteString(w, `{"id":1,"result":[`)
		panic(http.ErrAbortHandler)
	})
	if _, err := c.Call(t.Context(), Call{Method: "m"}); causeOf(err) != Broken {
		t.Errorf("error %v, want broken", err)
	}
}

func TestNoConnection(t *testing.T) {
	t.Parallel()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := l.Addr().String()
	_ = l.Close()
	c, err := New(Options{URL: "http://" + addr, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Call(t.Context(), Call{Method: "m"}); causeOf(err) != NoConnection {
		t.Errorf("error %v, want no connection", err)
	}
}

func TestDeadlineAndCancel(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	defer close(release)
	hang := func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		select {
		case <-release:
		case <-r.Context().Done():
		}
	}
	c := setup(t, hang, func(o *Options) { o.Timeout = 50 * time.Millisecond })
	_, err := c.Call(t.Context(), Call{Method: "m"})
	if causeOf(err) != Timeout || !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want a timeout", err)
	}
	c = setup(t, hang)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(20*time.Millisecond, cancel)
	if _, err := c.Call(ctx, Call{Method: "m"}); causeOf(err) != Canceled || !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want canceled", err)
	}
}

// TestQuietAfterGivingUp leaves a device alone that may still be at work on a
// call whose caller has gone.
func TestQuietAfterGivingUp(t *testing.T) {
	t.Parallel()
	asked := make(chan time.Time, 10)
	c := setup(t, func(w http.ResponseWriter, r *http.Request) {
		asked <- time.Now()
		if len(asked) == 1 {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
			return
		}
		says(`{"error":null,"result":1}`)(w, r)
	})
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := c.Call(ctx, Call{Method: "m"}); causeOf(err) != Timeout {
		t.Fatalf("error %v, want a timeout", err)
	}
	ctx, cancel = context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := c.Call(ctx, Call{Method: "m"}); causeOf(err) != Timeout || len(asked) != 1 {
		t.Errorf("a caller in a hurry: %v after %d requests, want a timeout and none sent", err, len(asked))
	}
	if _, err := c.Call(t.Context(), Call{Method: "m"}); err != nil {
		t.Fatal(err)
	}
	first := <-asked
	if gap := (<-asked).Sub(first); gap < quiet {
		t.Errorf("asked again after %s, want at least %s", gap, quiet)
	}
}

func TestOneCallAtATime(t *testing.T) {
	t.Parallel()
	var now, most atomic.Int32
	h := func(w http.ResponseWriter, r *http.Request) {
		n := now.Add(1)
		defer now.Add(-1)
		for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
		}
		says(`{"error":null,"result":1}`)(w, r)
	}
	lane := make(chan struct{}, 1)
	share := func(o *Options) { o.Lane = lane }
	a, b := setup(t, h, share), setup(t, h, share)
	var wg sync.WaitGroup
	for i := range 20 {
		c := []*Client{a, b}[i%2]
		wg.Go(func() {
			if _, err := c.Call(t.Context(), Call{Method: "m"}); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if most.Load() != 1 {
		t.Errorf("%d calls at the same time, want 1", most.Load())
	}

	lane <- struct{}{} // somebody else is calling
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer cancel()
	if _, err := a.Call(ctx, Call{Method: "m"}); causeOf(err) != Timeout {
		t.Errorf("waiting for the lane: %v, want a timeout", err)
	}
}

// TestKeptConnectionClosed checks what happens when a server closes a kept
// connection just as the next request comes: reads are repeated, writes not.
func TestKeptConnectionClosed(t *testing.T) {
	t.Parallel()
	var asked atomic.Int32
	c := setup(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		if asked.Add(1)%2 == 0 { // the second request on a connection: close before any byte
			conn, _, err := http.NewResponseController(w).Hijack()
			if err == nil {
				_ = conn.Close()
			}
			return
		}
		_, _ = io.WriteString(w, `{"error":null,"result":1}`)
	})
	ask := func(read bool) error {
		_, err := c.Call(t.Context(), Call{Method: "m", Read: read})
		return err
	}
	if err := errors.Join(ask(true), ask(true)); err != nil {
		t.Fatalf("reads: %v", err)
	}
	if asked.Load() != 3 {
		t.Errorf("%d requests for two reads, want 3: one was repeated", asked.Load())
	}
	if err := ask(false); causeOf(err) != Broken {
		t.Errorf("a write: %v, want broken", err)
	}
	if asked.Load() != 4 {
		t.Errorf("%d requests, want 4: a write is never repeated", asked.Load())
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	c := setup(t, says(`{"error":null,"result":1}`))
	_ = c.Close()
	_ = c.Close()
	if _, err := c.Call(t.Context(), Call{Method: "m"}); causeOf(err) != Closed {
		t.Errorf("error %v, want closed", err)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for _, u := range []string{
		"", "gam.example", "ftp://gam.example", "http://", "http://admin:" + bait + "@gam.example", "http://admin:" + bait + "@gam example\x00",
		"http://[::1", "://",
	} {
		_, err := New(Options{URL: u})
		if err == nil {
			t.Errorf("URL %q was taken", u)
			continue
		}
		if strings.Contains(err.Error(), bait) {
			t.Errorf("URL %q: the password is in %q", u, err)
		}
	}
}

func TestPasswordNeverComesOut(t *testing.T) {
	t.Parallel()
	handlers := map[string]http.HandlerFunc{
		"page": func(w http.ResponseWriter, r *http.Request) {
			_, _ = fmt.Fprintf(w, "you are %s, %s", r.Header.Get("Authorization"), bait)
		},
		"error": func(w http.ResponseWriter, r *http.Request) {
			_, _ = fmt.Fprintf(w, `{"error":{"code":1,"message":"bad %s %s","data":{"pw":"%s"}}}`, bait, r.Header.Get("Authorization"), bait)
		},
		"id": says(`{"id":"` + bait + `","result":1}`),
		"status": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, bait)
		},
	}
	for name, h := range handlers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := setup(t, h).Call(t.Context(), Call{Method: "m", Params: []any{bait}})
			if err == nil {
				t.Fatal("no error to look at")
			}
			out := fmt.Sprintf("%v %+v %#v", err, err, err)
			for e := err; e != nil; e = errors.Unwrap(e) {
				out += fmt.Sprintf(" %v %#v", e, e)
			}
			var rpc *RPCError
			if errors.As(err, &rpc) {
				out += string(rpc.Data)
			}
			for _, secret := range []string{bait, "YWRtaW46czNjcjN0LUJhaXQtUHc="} {
				if strings.Contains(out, secret) {
					t.Errorf("%q is in %s", secret, out)
				}
			}
		})
	}
}
