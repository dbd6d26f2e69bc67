package api

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/opengam/opengam/internal/order"
	"github.com/opengam/opengam/internal/store"
)

// idempotencyHeader names a POST, so that a client that got no answer can send
// it again without ordering twice.
const idempotencyHeader = "Idempotency-Key"

const maxIdempotencyKey = 200 // bytes

func idempotencyParam() *huma.Param {
	limit := maxIdempotencyKey
	return &huma.Param{
		Name: idempotencyHeader, In: "header",
		Description: "your own name for this request: sent again with the same key and body, it answers the same and does nothing",
		Schema:      &huma.Schema{Type: "string", MaxLength: &limit},
	}
}

// kept is an answer as it is kept under its key.
type kept struct {
	Fingerprint string          `json:"fingerprint"` // of the request
	ETag        string          `json:"etag,omitempty"`
	Body        json.RawMessage `json:"body,omitempty"`
	// Made is set instead of an answer by the order itself, in its own
	// transaction: the path of what it made. It stays only when the process
	// was killed before it had answered.
	Made string `json:"made,omitempty"`
}

// replay answers a POST whose key was used before as it was answered then.
// Only successes are kept: a refused request has changed nothing and may be
// sent again.
func (s *server) replay(c huma.Context, next func(huma.Context)) {
	key := c.Header(idempotencyHeader)
	if key == "" {
		next(c)
		return
	}
	if len(key) > maxIdempotencyKey {
		writeProblem(c, problem(http.StatusUnprocessableEntity, "idempotency_key", "an idempotency key has at most 200 bytes"))
		return
	}
	ctx, who := c.Context(), actor(c.Context())
	lock := who + "\x00" + key
	if _, busy := s.inFlight.LoadOrStore(lock, true); busy {
		p := problem(http.StatusConflict, "idempotency_in_progress", "the first request with this key is still being answered; try again")
		p.retryAfter = time.Second
		writeProblem(c, p)
		return
	}
	defer s.inFlight.Delete(lock)

	r, w := humago.Unwrap(c)
	rc := http.NewResponseController(w)
	_ = rc.SetReadDeadline(time.Now().Add(bodyReadTimeout)) // a test's writer has none
	body, err := io.ReadAll(io.LimitReader(r.Body, c.Operation().MaxBodyBytes+1))
	_ = rc.SetReadDeadline(time.Time{})
	if err != nil {
		s.refuse(c, problem(http.StatusBadRequest, "bad_request", "the body could not be read to its end"))
		return
	}
	h := sha256.New()
	for _, part := range [][]byte{[]byte(r.Method), []byte(r.URL.RequestURI()), body} {
		_, _ = h.Write(part) // a hash never fails to write
		_, _ = h.Write([]byte{0})
	}
	print := hex.EncodeToString(h.Sum(nil))

	status, stored, found, err := s.store.Idempotent(ctx, key, who)
	if err != nil {
		s.refuse(c, err)
		return
	}
	if found {
		s.answerAgain(c, status, stored, print)
		return
	}
	ctx = order.WithReceipt(ctx, func(ctx context.Context, tx *store.Tx, made order.Made) error {
		b, err := json.Marshal(kept{Fingerprint: print, Made: fmt.Sprintf("/api/v1/%ss/%d", made.Kind, made.ID)})
		if err != nil {
			return fmt.Errorf("write a receipt: %w", err)
		}
		return tx.KeepIdempotent(ctx, key, who, http.StatusCreated, b)
	})
	// The handler writes into rec; r keeps its path values.
	again := r.WithContext(ctx)
	again.Body = io.NopCloser(bytes.NewReader(body))
	rec := &answer{header: w.Header()}
	next(huma.WithContext(humago.NewContext(c.Operation(), again, rec), ctx))
	if rec.status >= 200 && rec.status < 300 {
		if err := s.keep(c, key, who, print, rec); err != nil {
			// What was ordered stands; only a repetition would order again.
			s.log.WarnContext(ctx, "keep the answer of an idempotency key", "request", requestID(ctx), "err", err)
		}
	}
	rec.sendTo(w)
}

func (s *server) keep(c huma.Context, key, who, print string, rec *answer) error {
	k := kept{Fingerprint: print, ETag: rec.header.Get("ETag")}
	if rec.body.Len() > 0 {
		k.Body = rec.body.Bytes()
	}
	b, err := json.Marshal(k)
	if err != nil {
		return err
	}
	return s.store.AnswerIdempotent(c.Context(), key, who, rec.status, b)
}

func (s *server) answerAgain(c huma.Context, status int, stored []byte, print string) {
	var k kept
	if err := json.Unmarshal(stored, &k); err != nil {
		s.refuse(c, err)
		return
	}
	if k.Fingerprint != print {
		writeProblem(c, problem(http.StatusUnprocessableEntity, "idempotency_key_reused", "this key was used for another request; choose a new key for a new request"))
		return
	}
	if k.Made != "" {
		s.answerMade(c, k.Made, status)
		return
	}
	if k.ETag != "" {
		c.SetHeader("ETag", k.ETag)
	}
	c.SetHeader("Idempotent-Replayed", "true")
	if len(k.Body) > 0 {
		c.SetHeader("Content-Type", "application/json")
	}
	c.SetStatus(status)
	if len(k.Body) > 0 {
		_, _ = c.BodyWriter().Write(append(k.Body, '\n'))
	}
}

// answerMade shows what the first request made as it stands now: the answer
// of then died with its process.
func (s *server) answerMade(c huma.Context, path string, status int) {
	r, w := humago.Unwrap(c)
	show := r.Clone(c.Context())
	show.Method, show.Body, show.ContentLength = http.MethodGet, http.NoBody, 0
	show.URL = &url.URL{Path: path}
	show.Header.Del("If-Match")
	rec := &answer{header: w.Header()}
	s.mux.ServeHTTP(rec, show)
	if rec.status == http.StatusOK {
		rec.status = status
		rec.header.Set("Idempotent-Replayed", "true")
	}
	rec.sendTo(w)
}

// answer holds a response back until it is kept. It shares the real
// response's header.
type answer struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (a *answer) Header() http.Header { return a.header }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 {
		a.status = status
	}
}

func (a *answer) Write(b []byte) (int, error) {
	a.WriteHeader(http.StatusOK)
	return a.body.Write(b)
}

func (a *answer) sendTo(w http.ResponseWriter) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	w.WriteHeader(a.status)
	_, _ = w.Write(a.body.Bytes())
}
