package api

import (
	"bufio"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// sse is an open event stream.
type sse struct {
	t      *testing.T
	lines  chan string // closed at the end of the stream
	cancel context.CancelFunc
}

type sseEvent struct{ id, kind, data string }

// listen opens a stream.
func (a *as) listen(path string) *sse {
	a.t.Helper()
	ctx, cancel := context.WithCancel(a.t.Context())
	a.t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, a.url+path, nil)
	if err != nil {
		a.t.Fatal(err)
	}
	req.Header = a.header.Clone()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		a.t.Fatal(err)
	}
	a.t.Cleanup(func() { _ = res.Body.Close() })
	if ct := res.Header.Get("Content-Type"); res.StatusCode != http.StatusOK || !strings.HasPrefix(ct, "text/event-stream") {
		a.t.Fatalf("%s: %d %s", path, res.StatusCode, ct)
	}
	s := &sse{a.t, make(chan string, 1000), cancel}
	go func() {
		defer close(s.lines)
		for sc := bufio.NewScanner(res.Body); sc.Scan(); {
			s.lines <- sc.Text()
		}
	}()
	return s
}

// patience is how long an event that must come may take.
const patience = 10 * time.Second

// next waits for the next event.
func (s *sse) next() sseEvent {
	s.t.Helper()
	var e sseEvent
	late := time.After(patience)
	for {
		select {
		case line, ok := <-s.lines:
			switch {
			case !ok:
				s.t.Fatal("the stream ended")
			case strings.HasPrefix(line, "id: "):
				e.id = line[4:]
			case strings.HasPrefix(line, "event: "):
				e.kind = line[7:]
			case strings.HasPrefix(line, "data: "):
				e.data = line[6:]
			case line == "" && e.data != "":
				return e
			}
		case <-late:
			s.t.Fatal("no event came")
		}
	}
}

// ends waits for the end of the stream.
func (s *sse) ends() {
	s.t.Helper()
	late := time.After(patience)
	for {
		select {
		case _, ok := <-s.lines:
			if !ok {
				return
			}
		case <-late:
			s.t.Fatal("the stream did not end")
		}
	}
}

func (b *bench) event(e store.Event) {
	b.t.Helper()
	if err := b.st.AddEvent(b.t.Context(), e); err != nil {
		b.t.Fatal(err)
	}
}

func TestEvents(t *testing.T) {
	t.Parallel()
	b := setup(t)
	v := b.role(store.Viewer)
	s := v.listen("/api/v1/events?kind=plan,site")
	b.event(store.Event{Kind: store.EventDevice, ID: "1", DeviceID: 1})
	gold := b.plan("Gold", obj{})
	first := s.next()
	var e Event
	if err := json.Unmarshal([]byte(first.data), &e); err != nil || first.kind != "plan" || e.ID != id(gold.ID) || first.id != id(e.Seq) || e.At.Location() != time.UTC {
		t.Fatalf("the first event: %+v, %v", first, err)
	}
	s.cancel()

	// What happened while nobody listened comes first, then the rest; nothing
	// twice, nothing left out.
	b.plan("Silver", obj{})
	b.admin().do("POST", "/api/v1/sites", obj{"name": "R"}).want(201)
	for _, again := range []*sse{
		v.with("Last-Event-ID", first.id).listen("/api/v1/events?kind=plan,site"),
		v.listen("/api/v1/events?kind=plan,site&since=" + first.id),
	} {
		if silver, site := again.next(), again.next(); silver.kind != "plan" || site.kind != "site" {
			t.Errorf("after resuming: %+v, %+v", silver, site)
		}
		defer again.cancel()
	}
	only := v.listen("/api/v1/events?device_id=42&since=0")
	b.event(store.Event{Kind: store.EventDevice, ID: "42", DeviceID: gam.DeviceID(42), Data: json.RawMessage(`{"status":"online"}`)})
	if got := only.next(); !strings.Contains(got.data, `"device_id":42`) || !strings.Contains(got.data, `"data":{"status":"online"}`) {
		t.Errorf("events of one device: %+v", got)
	}
	future := v.with("Last-Event-ID", "99999999").listen("/api/v1/events")
	if got := future.next(); got.kind != "reset" {
		t.Errorf("an id of another database: %+v, want reset", got)
	}
	v.with("Last-Event-ID", "x").get("/api/v1/events").refused(422, "invalid").field(t, "Last-Event-ID", "last_event_id")

	close(b.closing)
	future.ends()
	only.ends()
}

func TestEventsNeedRights(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.nobody().get("/api/v1/events").refused(401, "unauthenticated")
	viewer, admin := b.role(store.Viewer).listen("/api/v1/events"), b.admin().listen("/api/v1/events")
	b.event(store.Event{Kind: "user", ID: "1"})
	b.event(store.Event{Kind: store.EventDevice, ID: "1", DeviceID: 1})
	if got := viewer.next(); got.kind != "device" {
		t.Errorf("a viewer sees %+v", got)
	}
	if got := admin.next(); got.kind != "user" {
		t.Errorf("an admin sees %+v", got)
	}
}

// A stream ends when the token behind it is revoked, at the next heartbeat.
func TestEventsEndWithTheRight(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.user("anna", store.Viewer, bait)
	anna, csrf := b.login("anna", bait)
	byToken, byCookie := b.role(store.Viewer).listen("/api/v1/events"), anna.listen("/api/v1/events")
	var l List[Token]
	b.admin().get("/api/v1/tokens?role=viewer").want(200).into(&l)
	b.admin().do("DELETE", "/api/v1/tokens/"+id(l.Items[0].ID), nil).want(204)
	anna.with(csrfHeader, csrf).do("DELETE", "/api/v1/session", nil).want(204)
	byToken.ends()
	byCookie.ends()
}
