package api

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/opengam/opengam/internal/store"
)

// Pace of the event stream.
const (
	heartbeatEvery = 15 * time.Second // below the idle timeouts of usual proxies
	// eventsCatchUp finds events of other nodes, whose commits do not wake
	// this process.
	eventsCatchUp = 2 * time.Second
	eventsBatch   = 500
	// eventsPause lets a burst of commits become one read.
	eventsPause = 50 * time.Millisecond
	// maxReplay is how many events a client may have missed; beyond it,
	// reading everything again is cheaper, and events may be trimmed already.
	maxReplay = 10_000
	// streamWriteTimeout ends a stream whose client no longer reads.
	streamWriteTimeout = 30 * time.Second
	reconnectAfter     = 3 * time.Second
)

// Event is one line of the change feed: something changed, read it again.
type Event struct {
	Seq      int64           `json:"seq" doc:"also the SSE id; resume with Last-Event-ID"`
	Kind     string          `json:"kind" doc:"device, subscriber, plan, endpoint, change, job, site, settings; also the SSE event"`
	ID       string          `json:"id"`
	DeviceID *int64          `json:"device_id"`
	At       time.Time       `json:"at"`
	Data     json.RawMessage `json:"data,omitempty"`
}

// viewerKinds is what a viewer may see; other kinds need an admin.
var viewerKinds = []string{
	store.EventDevice, store.EventSubscriber, store.EventPlan, store.EventEndpoint,
	store.EventChange, store.EventJob, store.EventSite, store.EventSettings,
}

type eventsInput struct {
	LastEventID string `header:"Last-Event-ID" maxLength:"20" doc:"resume after this event"`
	Since       string `query:"since" maxLength:"20" doc:"like Last-Event-ID, for clients that cannot set headers"`
	Kind        string `query:"kind" maxLength:"200" doc:"only these kinds, separated by commas"`
	DeviceID    string `query:"device_id" maxLength:"20" doc:"only events of one device"`
}

type streamOutput struct{ Body func(huma.Context) }

func (s *server) eventRoutes() {
	add(s, route{method: http.MethodGet, path: "/api/v1/events", id: "stream-events", access: Viewer, tag: "events", summary: "Stream of changes (server-sent events)",
		doc: "A client that was away for too long gets an event `reset` first: read everything again."}, s.streamEvents)
}

func (s *server) streamEvents(ctx context.Context, in *eventsInput) (*streamOutput, error) {
	after := in.LastEventID
	if after == "" {
		after = in.Since
	}
	last, err := s.store.LastEventSeq(ctx)
	if err != nil {
		return nil, err
	}
	st := &stream{s: s, id: who(ctx), from: last, in: *in}
	if after != "" {
		n, err := strconv.ParseInt(after, 10, 64)
		if err != nil || n < 0 {
			return nil, invalid("Last-Event-ID", "last_event_id", "the id of an event is a number")
		}
		// An id from the future is one of another database: start over.
		if st.from = n; n > last || last-n > maxReplay {
			st.from, st.reset = last, true
		}
	}
	return &streamOutput{st.run}, nil
}

// stream is one open connection.
type stream struct {
	s     *server
	id    *identity
	in    eventsInput
	from  int64 // the last event that was sent or passed over
	reset bool

	w  http.ResponseWriter
	rc *http.ResponseController
}

// run streams until the client leaves, the server closes, or the account no
// longer may.
func (st *stream) run(c huma.Context) {
	r, w := humago.Unwrap(c)
	st.w, st.rc = w, http.NewResponseController(w)
	h := w.Header()
	h.Set("Content-Type", "text/event-stream; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Accel-Buffering", "no") // nginx would hold events back
	if r.Method == http.MethodHead {
		return
	}
	ctx, cancel := context.WithCancel(c.Context())
	defer cancel()
	wake, stop := st.s.store.Watch()
	defer stop()
	heartbeat := time.NewTicker(st.s.heartbeat)
	defer heartbeat.Stop()
	catchUp := time.NewTicker(eventsCatchUp)
	defer catchUp.Stop()
	pause, waiting := time.NewTimer(0), true
	defer pause.Stop()

	err := st.send(fmt.Sprintf("retry: %d\n\n", reconnectAfter.Milliseconds()))
	if st.reset && err == nil {
		err = st.send(fmt.Sprintf("id: %d\nevent: reset\ndata: {}\n\n", st.from))
	}
	for err == nil {
		select {
		case <-ctx.Done():
			return
		case <-st.s.closing:
			return
		case <-wake:
			if !waiting {
				waiting = true
				pause.Reset(eventsPause)
			}
			continue
		case <-pause.C:
			waiting = false
		case <-catchUp.C:
		case <-heartbeat.C:
			if !st.stillAllowed(ctx, c) {
				return
			}
			if err = st.send(": still here\n\n"); err != nil {
				continue // the loop ends
			}
		}
		err = st.drain(ctx)
	}
	if !errors.Is(err, context.Canceled) && ctx.Err() == nil {
		st.s.log.DebugContext(ctx, "event stream ended", "request", requestID(ctx), "err", err)
	}
}

// stillAllowed asks again who this is: a session may have ended, a token been
// revoked. The session is read afresh, because the request holds the one it
// began with.
func (st *stream) stillAllowed(ctx context.Context, c huma.Context) bool {
	authorization := c.Header("Authorization")
	if authorization == "" {
		fresh, err := st.s.sessions.Load(context.Background(), st.s.sessions.Token(ctx))
		if err != nil {
			return true // the database is away; the next heartbeat asks again
		}
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(fresh, heartbeatEvery)
		defer cancel()
	}
	_, err := st.s.identify(ctx, authorization)
	return err == nil || asProblem(err).Status != http.StatusUnauthorized
}

// drain sends every event after st.from.
func (st *stream) drain(ctx context.Context) error {
	for {
		events, err := st.s.store.EventsSince(ctx, st.from, eventsBatch)
		if err != nil {
			return err
		}
		var b strings.Builder
		for _, e := range events {
			st.from = e.Seq
			if !st.wants(e) {
				continue
			}
			if err := writeEvent(&b, e); err != nil {
				return err
			}
		}
		if b.Len() > 0 {
			if err := st.send(b.String()); err != nil {
				return err
			}
		}
		if len(events) < eventsBatch {
			return nil
		}
	}
}

func (st *stream) wants(e store.Event) bool {
	if !slices.Contains(viewerKinds, e.Kind) && !st.id.role.AtLeast(store.Admin) {
		return false
	}
	if !matchesAny(st.in.Kind, e.Kind) {
		return false
	}
	return st.in.DeviceID == "" || st.in.DeviceID == strconv.FormatInt(int64(e.DeviceID), 10)
}

// writeEvent writes one event; JSON has no line end, so data is one line.
func writeEvent(b *strings.Builder, e store.Event) error {
	data, err := json.Marshal(Event{Seq: e.Seq, Kind: e.Kind, ID: e.ID, DeviceID: orNull(int64(e.DeviceID)), At: e.At.UTC(), Data: e.Data})
	if err != nil {
		return fmt.Errorf("event %d: %w", e.Seq, err)
	}
	fmt.Fprintf(b, "id: %d\nevent: %s\ndata: %s\n\n", e.Seq, e.Kind, data)
	return nil
}

func (st *stream) send(text string) error {
	// The server's write timeout is for ordinary answers; here each write has
	// its own. A ResponseWriter without deadlines (tests) is fine as well.
	_ = st.rc.SetWriteDeadline(st.s.now().Add(streamWriteTimeout))
	if _, err := st.w.Write([]byte(text)); err != nil {
		return err
	}
	return st.rc.Flush()
}
