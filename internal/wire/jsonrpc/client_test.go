package jsonrpc

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

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

// TestQuietAsLongAsTheDeviceTakes waits longer for a device that is slow by
// nature: the abandoned call has ended before the next one comes.
func TestQuietAsLongAsTheDeviceTakes(t *testing.T) {
	t.Parallel()
	const takes = quiet + 300*time.Millisecond
	var now, most atomic.Int32
	c := setup(t, func(w http.ResponseWriter, r *http.Request) {
		most.Store(max(most.Load(), now.Add(1)))
		defer now.Add(-1)
		<-time.After(takes) // a device that is slow by nature
		says(`{"error":null,"result":1}`)(w, r)
	})
	if _, err := c.Call(t.Context(), Call{Method: "m"}); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	if _, err := c.Call(ctx, Call{Method: "m"}); causeOf(err) != Timeout {
		t.Fatalf("error %v, want a timeout", err)
	}
	if _, err := c.Call(t.Context(), Call{Method: "m"}); err != nil {
		t.Fatal(err)
	}
	if most.Load() != 1 {
		t.Errorf("%d calls at the same time, want 1", most.Load())
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
