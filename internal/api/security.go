package api

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// identity is who sends a request.
type identity struct {
	actor   string // as in the journal: "user:anna", "token:ci"
	role    store.Role
	user    store.User // of a session
	session bool       // came by cookie: writes need the CSRF token
	csrf    string
}

type ctxKey int

const (
	identityKey ctxKey = iota
	requestKey
	addrKey
)

// who is the identity of a request that was let through, nil on public routes.
func who(ctx context.Context) *identity {
	id, _ := ctx.Value(identityKey).(*identity)
	return id
}

// actor is the name for journals and audits.
func actor(ctx context.Context) string {
	if id := who(ctx); id != nil {
		return id.actor
	}
	return "nobody"
}

// allowed reports whether the request's sender may do what a route of access
// does.
func allowed(ctx context.Context, a Access) bool {
	id := who(ctx)
	return id != nil && id.role.AtLeast(store.Role(a))
}

// csrfHeader is the header that carries the CSRF token of a session.
const csrfHeader = "X-CSRF-Token"

// authorize lets a request through to a route only if the route's Access says
// so. A route without a known Access lets nobody in.
func (s *server) authorize(c huma.Context, next func(huma.Context)) {
	access, _ := c.Operation().Extensions[accessKey].(string)
	if Access(access) == Public {
		next(c)
		return
	}
	ctx := c.Context()
	id, err := s.identify(ctx, c.Header("Authorization"))
	if err != nil {
		s.refuse(c, err)
		return
	}
	if !id.role.AtLeast(store.Role(access)) {
		s.refuse(c, problem(http.StatusForbidden, "forbidden", "your role "+string(id.role)+" may not do this; it takes "+access+" or more"))
		return
	}
	if id.session && !safe(c.Method()) && !sameText(c.Header(csrfHeader), id.csrf) {
		s.refuse(c, problem(http.StatusForbidden, "csrf", "send the csrf_token of your session in the header "+csrfHeader))
		return
	}
	next(huma.WithValue(c, identityKey, id))
}

// safe methods change nothing and need no CSRF token.
func safe(method string) bool { return method == http.MethodGet || method == http.MethodHead }

// identify finds out who sends a request: the bearer token when there is an
// Authorization header, else the session.
func (s *server) identify(ctx context.Context, authorization string) (*identity, error) {
	if authorization != "" {
		return s.identifyToken(ctx, authorization)
	}
	uid := s.sessions.GetInt64(ctx, sessionUser)
	if uid == 0 {
		return nil, unauthenticated("sign in, or send a token as Authorization: Bearer …")
	}
	u, err := s.store.User(ctx, uid)
	if errors.Is(err, gam.ErrNotFound) {
		return nil, unauthenticated("this account is gone")
	}
	if err != nil {
		return nil, err
	}
	// The password's fingerprint ends the sessions of a changed password.
	if u.Disabled || !sameText(s.sessions.GetString(ctx, sessionPassword), passwordMark(u)) {
		return nil, unauthenticated("your session has ended; sign in again")
	}
	s.prolong(ctx)
	return &identity{actor: "user:" + u.Name, role: u.Role, user: u, session: true, csrf: s.sessions.GetString(ctx, sessionCSRF)}, nil
}

func (s *server) identifyToken(ctx context.Context, authorization string) (*identity, error) {
	scheme, token, _ := strings.Cut(authorization, " ")
	token = strings.TrimSpace(token)
	if !strings.EqualFold(scheme, "Bearer") || token == "" || len(token) > 200 {
		return nil, unauthenticated("send a token as Authorization: Bearer …")
	}
	t, err := s.store.TokenByHash(ctx, tokenHash(token))
	if errors.Is(err, gam.ErrNotFound) {
		return nil, unauthenticated("this token is not known; it may have been revoked")
	}
	if err != nil {
		return nil, err
	}
	now := s.now()
	if !t.ExpiresAt.IsZero() && !now.Before(t.ExpiresAt) {
		return nil, unauthenticated("this token has expired; create another one")
	}
	// Once a minute is enough to see that a token is in use.
	if now.Sub(t.LastUsedAt) > time.Minute {
		if err := s.store.TouchToken(ctx, t.ID, now); err != nil {
			s.log.WarnContext(ctx, "note the use of a token", "token", t.Name, "err", err)
		}
	}
	return &identity{actor: "token:" + t.Name, role: t.Role}, nil
}

func unauthenticated(detail string) error {
	return problem(http.StatusUnauthorized, "unauthenticated", detail)
}

// refuse answers a request that was not let through.
func (s *server) refuse(c huma.Context, err error) {
	p := asProblem(err)
	if p.Status == http.StatusInternalServerError {
		s.log.ErrorContext(c.Context(), "authentication failed on our side", "request", requestID(c.Context()), "err", err)
	}
	if p.Status == http.StatusUnauthorized {
		c.SetHeader("WWW-Authenticate", `Bearer realm="OpenGAM"`)
	}
	writeProblem(c, p)
}

// clientAddr is the address a request came from, without its port.
func clientAddr(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
