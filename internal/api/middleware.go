package api

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"regexp"
	"runtime/debug"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

// handler is the routes with everything around them.
func (s *server) handler(version string) http.Handler {
	mux := http.NewServeMux()
	s.register(mux, version)
	s.mux = mux
	s.docsRoutes(mux)
	mux.HandleFunc("/", s.notFound)
	return s.outside(s.sessions.LoadAndSave(s.plainErrors(mux)))
}

// outside gives every request an id, headers, a line in the log, and a 500
// instead of a panic.
func (s *server) outside(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := r.Header.Get("X-Request-Id")
		if !requestIDForm.MatchString(id) {
			id = newRequestID()
		}
		ctx := context.WithValue(r.Context(), requestKey, id)
		ctx = context.WithValue(ctx, addrKey, clientAddr(r))
		r = r.WithContext(ctx)
		h := w.Header()
		h.Set("X-Request-Id", id)
		securityHeaders(h)
		rec := &recorder{ResponseWriter: w}
		began := time.Now()
		defer func() {
			if p := recover(); p != nil {
				if err, ok := p.(error); ok && errors.Is(err, http.ErrAbortHandler) {
					panic(p) // net/http's own way to drop a connection
				}
				s.log.ErrorContext(ctx, "panic in a request", "request", id, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
				if rec.status == 0 {
					sendProblem(rec, problem(http.StatusInternalServerError, "internal", "something went wrong on our side; the log has the cause under this request's id"))
				}
			}
			// The path only: a query may hold what people search for.
			level := slog.LevelDebug
			if rec.status >= http.StatusInternalServerError {
				level = slog.LevelWarn
			}
			s.log.Log(ctx, level, "request", "request", id, "method", r.Method, "path", r.URL.Path, "status", rec.status, "took", time.Since(began), "addr", clientAddr(r))
		}()
		next.ServeHTTP(rec, r)
	})
}

// requestIDForm is what we accept as a request id from a proxy in front.
var requestIDForm = regexp.MustCompile(`^[A-Za-z0-9._-]{8,64}$`)

func newRequestID() string {
	b := make([]byte, 9)
	_, _ = rand.Read(b)
	return base64.RawURLEncoding.EncodeToString(b)
}

func requestID(ctx context.Context) string {
	id, _ := ctx.Value(requestKey).(string)
	return id
}

// addrOf is the address of the client, without its port.
func addrOf(ctx context.Context) string {
	a, _ := ctx.Value(addrKey).(string)
	return a
}

// securityHeaders keep a browser from doing with our answers what we do not.
func securityHeaders(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// recorder remembers the status for the log.
type recorder struct {
	http.ResponseWriter
	status int
}

func (r *recorder) WriteHeader(status int) {
	if r.status == 0 {
		r.status = status
	}
	r.ResponseWriter.WriteHeader(status)
}

func (r *recorder) Write(b []byte) (int, error) {
	if r.status == 0 {
		r.status = http.StatusOK
	}
	return r.ResponseWriter.Write(b)
}

// Unwrap lets http.ResponseController through, for flushing and deadlines.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }

// plainErrors turns net/http's own text answers (405, 404, redirects of odd
// paths) into problems.
func (s *server) plainErrors(mux *http.ServeMux) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, pattern := mux.Handler(r)
		if pattern == "" || pattern == "/" {
			if allow := allowedMethods(mux, r); allow != "" {
				w.Header().Set("Allow", allow)
				sendProblem(w, problem(http.StatusMethodNotAllowed, "method_not_allowed", "this path does not answer to "+r.Method))
				return
			}
		}
		mux.ServeHTTP(w, r)
	})
}

func (s *server) notFound(w http.ResponseWriter, _ *http.Request) {
	sendProblem(w, problem(http.StatusNotFound, "not_found", "there is no such path; see /openapi.json"))
}

// allowedMethods is the methods that a path without a match for this method
// has, "" when the path does not exist.
func allowedMethods(mux *http.ServeMux, r *http.Request) string {
	allow := ""
	for _, m := range []string{http.MethodGet, http.MethodPost, http.MethodPatch, http.MethodDelete} {
		probe := &http.Request{Method: m, URL: r.URL, Host: r.Host}
		if _, pattern := mux.Handler(probe); pattern != "" && pattern != "/" && m != r.Method {
			if allow != "" {
				allow += ", "
			}
			allow += m
		}
	}
	return allow
}

func sendProblem(w http.ResponseWriter, p *Problem) {
	h := w.Header()
	for k, vs := range p.GetHeaders() {
		h[k] = vs
	}
	h.Set("Content-Type", p.ContentType(""))
	w.WriteHeader(p.Status)
	_ = json.NewEncoder(w).Encode(p) // the client may be gone; the log line says the status
}

func writeProblem(c huma.Context, p *Problem) {
	for k, vs := range p.GetHeaders() {
		for _, v := range vs {
			c.SetHeader(k, v)
		}
	}
	c.SetHeader("Content-Type", p.ContentType(""))
	c.SetStatus(p.Status)
	_ = json.NewEncoder(c.BodyWriter()).Encode(p)
}

// deadline bounds the routes that wait for a device.
func deadline[I, O any](d time.Duration, h func(context.Context, *I) (*O, error)) func(context.Context, *I) (*O, error) {
	if d == 0 {
		return h
	}
	return func(ctx context.Context, in *I) (*O, error) {
		ctx, cancel := context.WithTimeoutCause(ctx, d, errTooLong)
		defer cancel()
		return h(ctx, in)
	}
}

var errTooLong = errors.New("the device took too long")
