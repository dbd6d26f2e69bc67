package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// Lifetimes of sessions.
const (
	sessionLifetime = 12 * time.Hour     // after the last use: one shift
	sessionMax      = 7 * 24 * time.Hour // after the login
	// prolongAfter bounds how often use is written down.
	prolongAfter = 10 * time.Minute
)

// Members of a session.
const (
	sessionUser     = "user"
	sessionCSRF     = "csrf"
	sessionPassword = "password" // passwordMark at the login
	sessionStart    = "start"    // Unix seconds of the login
)

func newSessions(st *store.Store, log *slog.Logger, secure bool) *scs.SessionManager {
	m := scs.New()
	m.Store = st.Sessions()
	m.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		log.ErrorContext(r.Context(), "read or keep a session", "request", requestID(r.Context()), "err", err)
		sendProblem(w, asProblem(err))
	}
	m.Lifetime = sessionLifetime
	m.Cookie.Name = "opengam_session"
	m.Cookie.Path = "/"
	m.Cookie.HttpOnly = true
	m.Cookie.Secure = secure
	// The page itself is static, so even a link from a mail works with Strict.
	m.Cookie.SameSite = http.SameSiteStrictMode
	return m
}

// Session is who is signed in.
type Session struct {
	CSRFToken string `json:"csrf_token" doc:"goes into X-CSRF-Token of every write"`
	User      User   `json:"user"`
}

// LoginInput signs in.
type LoginInput struct {
	Username string     `json:"username" maxLength:"64"`
	Password gam.Secret `json:"password" writeOnly:"true" maxLength:"256"`
	TOTP     string     `json:"totp,omitempty" maxLength:"16" doc:"not in use yet"`
}

// PasswordInput changes one's own password.
type PasswordInput struct {
	Current gam.Secret `json:"current_password" writeOnly:"true" maxLength:"256"`
	New     gam.Secret `json:"new_password" writeOnly:"true" maxLength:"256"`
}

type sessionOutput struct{ Body Session }

func (s *server) sessionRoutes() {
	const path = "/api/v1/session"
	add(s, route{method: http.MethodPost, path: path, id: "login", access: Public, tag: "session", summary: "Sign in", doc: "Sets the session cookie.", noReplay: true}, s.login)
	add(s, route{method: http.MethodGet, path: path, id: "get-session", access: Viewer, tag: "session", summary: "Who am I?", doc: "With a token: the token's name and role, and no csrf_token."}, s.getSession)
	add(s, route{method: http.MethodDelete, path: path, id: "logout", access: Viewer, tag: "session", summary: "Sign out"}, s.logout)
	add(s, route{method: http.MethodPost, path: path + "/password", id: "change-password", access: Viewer, tag: "session", summary: "Change one's own password", doc: "Other sessions of the account end.", noReplay: true}, s.changePassword)
}

func (s *server) login(ctx context.Context, in *struct{ Body LoginInput }) (*sessionOutput, error) {
	name, addr := in.Body.Username, addrOf(ctx)
	// The address is part of the name's key, so that nobody can lock a
	// colleague out from elsewhere.
	nameKey, addrKey := strings.ToLower(name)+"\x00"+addr, addr
	wait := max(s.logins.wait(nameKey, loginFailuresPerName), s.logins.wait(addrKey, loginFailuresPerAddress))
	if wait > 0 {
		p := problem(http.StatusTooManyRequests, "too_many_logins", "too many failed logins; try again in "+wait.Round(time.Second).String())
		p.retryAfter = wait
		return nil, p
	}
	u, err := s.store.UserByName(ctx, name)
	if err != nil && !errors.Is(err, gam.ErrNotFound) {
		return nil, err
	}
	ok, err := passwordMatches(ctx, in.Body.Password, u.PasswordHash)
	if err != nil {
		return nil, err
	}
	if !ok || u.Disabled {
		s.logins.fail(nameKey)
		s.logins.fail(addrKey)
		s.log.WarnContext(ctx, "login refused", "addr", addr, "request", requestID(ctx))
		return nil, wrongLogin()
	}
	s.logins.forget(nameKey)
	if u, err = s.noteLogin(ctx, u); err != nil {
		return nil, err
	}
	return s.signIn(ctx, u)
}

// noteLogin writes the login down. The account is read again: it may have been
// disabled while the password was being checked.
func (s *server) noteLogin(ctx context.Context, checked store.User) (store.User, error) {
	var u store.User
	err := s.store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		var err error
		if u, err = tx.User(ctx, checked.ID); err != nil {
			return err
		}
		if u.Disabled || u.PasswordHash != checked.PasswordHash {
			return wrongLogin()
		}
		u.LastLoginAt = s.now()
		if err := tx.UpdateUser(ctx, &u); err != nil {
			return err
		}
		return tx.AddAudit(ctx, &store.Audit{Actor: "user:" + u.Name, Action: "session.login", Object: object("user", u.ID, u.Name), Detail: "from " + addrOf(ctx), At: s.now()})
	})
	return u, err
}

func wrongLogin() error {
	return problem(http.StatusUnauthorized, "wrong_login", "user name or password is wrong")
}

// signIn starts a session under a fresh token.
func (s *server) signIn(ctx context.Context, u store.User) (*sessionOutput, error) {
	if err := s.sessions.Clear(ctx); err != nil {
		return nil, err
	}
	if err := s.sessions.RenewToken(ctx); err != nil {
		return nil, err
	}
	csrf := randomText()
	s.sessions.Put(ctx, sessionUser, u.ID)
	s.sessions.Put(ctx, sessionCSRF, csrf)
	s.sessions.Put(ctx, sessionPassword, passwordMark(u))
	s.sessions.Put(ctx, sessionStart, s.now().Unix())
	return &sessionOutput{Session{CSRFToken: csrf, User: userOf(u)}}, nil
}

// prolong keeps a session in use alive, up to sessionMax.
func (s *server) prolong(ctx context.Context) {
	until := s.now().Add(sessionLifetime)
	if last := time.Unix(s.sessions.GetInt64(ctx, sessionStart), 0).Add(sessionMax); until.After(last) {
		until = last
	}
	if until.Sub(s.sessions.Deadline(ctx)) > prolongAfter {
		s.sessions.SetDeadline(ctx, until)
	}
}

func (s *server) getSession(ctx context.Context, _ *none) (*sessionOutput, error) {
	id := who(ctx)
	if !id.session {
		return &sessionOutput{Session{User: User{Name: id.actor, Role: string(id.role)}}}, nil
	}
	return &sessionOutput{Session{CSRFToken: id.csrf, User: userOf(id.user)}}, nil
}

func (s *server) logout(ctx context.Context, _ *none) (*none, error) {
	if !who(ctx).session {
		return nil, problem(http.StatusConflict, "not_a_session", "a token is not a session; delete it under tokens to end it")
	}
	return nil, s.sessions.Destroy(ctx)
}

func (s *server) changePassword(ctx context.Context, in *struct{ Body PasswordInput }) (*sessionOutput, error) {
	id := who(ctx)
	if !id.session {
		return nil, problem(http.StatusConflict, "not_a_session", "a token has no password")
	}
	key := strings.ToLower(id.user.Name) + "\x00" + addrOf(ctx)
	if wait := s.logins.wait(key, loginFailuresPerName); wait > 0 {
		p := problem(http.StatusTooManyRequests, "too_many_logins", "too many wrong passwords; try again in "+wait.Round(time.Second).String())
		p.retryAfter = wait
		return nil, p
	}
	ok, err := passwordMatches(ctx, in.Body.Current, id.user.PasswordHash)
	if err != nil {
		return nil, err
	}
	if !ok {
		s.logins.fail(key)
		return nil, invalid("current_password", "wrong_password", "this is not your password")
	}
	hash, err := hashField("new_password", in.Body.New)
	if err != nil {
		return nil, err
	}
	var u store.User
	err = s.audited(ctx, "user.password", func(ctx context.Context, w writer) (string, error) {
		// Read again: the role may have changed since the request came in.
		if u, err = w.User(ctx, id.user.ID); err != nil {
			return "", err
		}
		u.PasswordHash = hash
		return object("user", u.ID, u.Name), w.UpdateUser(ctx, &u)
	})
	if err != nil {
		return nil, err
	}
	return s.signIn(ctx, u)
}

// passwordMark ties a session to the password it was opened with.
func passwordMark(u store.User) string { return tokenHash(u.PasswordHash)[:16] }

// hashField is HashPassword with the field's name on a refusal.
func hashField(field string, password gam.Secret) (string, error) {
	h, err := HashPassword(password)
	var bad gam.Invalid
	var rule *gam.Rule
	if errors.As(err, &rule) {
		bad.Check(field, rule)
		return "", bad.Err()
	}
	return h, err
}
