package api

import (
	"context"
	"errors"
	"net/http"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// SetupState says whether the first user is still to be created.
type SetupState struct {
	Needed bool `json:"needed"`
}

// SetupInput creates the first user, an admin.
type SetupInput struct {
	Token    string     `json:"token" maxLength:"200" doc:"the one-time token that the server printed on its first start"`
	Username string     `json:"username" maxLength:"64"`
	Password gam.Secret `json:"password" writeOnly:"true" maxLength:"256"`
}

type setupOutput struct{ Body SetupState }

func (s *server) setupRoutes() {
	const path = "/api/v1/setup"
	add(s, route{method: http.MethodGet, path: path, id: "get-setup", access: Public, tag: "session", summary: "Is the first user still to be created?"}, s.getSetup)
	add(s, route{method: http.MethodPost, path: path, id: "setup", access: Public, tag: "session", summary: "Create the first user and sign in", status: http.StatusCreated, noReplay: true}, s.setup)
}

func (s *server) getSetup(ctx context.Context, _ *none) (*setupOutput, error) {
	n, err := s.store.CountUsers(ctx)
	if err != nil {
		return nil, err
	}
	return &setupOutput{SetupState{Needed: n == 0}}, nil
}

func (s *server) setup(ctx context.Context, in *struct{ Body SetupInput }) (*sessionOutput, error) {
	addr := addrOf(ctx)
	if wait := s.logins.wait("setup\x00"+addr, loginFailuresPerName); wait > 0 {
		p := problem(http.StatusTooManyRequests, "too_many_logins", "too many wrong setup tokens; try again later")
		p.retryAfter = wait
		return nil, p
	}
	u := store.User{Name: in.Body.Username, Role: store.Admin, CreatedAt: s.now()}
	var bad gam.Invalid
	bad.Check("username", CheckUserName(u.Name))
	bad.Check("password", CheckPassword(in.Body.Password))
	if err := bad.Err(); err != nil {
		return nil, err
	}
	// Looked at first, because hashing costs memory and time that nobody gets
	// without the token, and again in one transaction with the rest: of two
	// who race with the same token, one wins, and a wrong token does not use
	// the right one up.
	err := s.maySetUp(ctx, &s.store.Queries, in.Body.Token)
	if err == nil {
		u.PasswordHash, err = HashPassword(in.Body.Password)
	}
	if err != nil {
		return nil, err
	}
	err = s.store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := s.maySetUp(ctx, &tx.Queries, in.Body.Token); err != nil {
			return err
		}
		if _, err := tx.TakeMeta(ctx, setupMeta); err != nil {
			return err
		}
		if err := tx.AddUser(ctx, &u); err != nil {
			return err
		}
		return tx.AddAudit(ctx, &store.Audit{Actor: "user:" + u.Name, Action: "user.setup", Object: object("user", u.ID, u.Name), At: s.now()})
	})
	if err != nil {
		return nil, err
	}
	return s.signIn(ctx, u)
}

// maySetUp refuses to create a first user when there is one, or without the
// token. A wrong token counts against the sender's address.
func (s *server) maySetUp(ctx context.Context, q *store.Queries, token string) error {
	n, err := q.CountUsers(ctx)
	if err != nil {
		return err
	}
	if n > 0 {
		return problem(http.StatusConflict, "set_up_already", "the first user exists already; sign in")
	}
	want, err := q.Meta(ctx, setupMeta)
	if err != nil && !errors.Is(err, gam.ErrNotFound) {
		return err
	}
	if want == "" || !sameText(want, tokenHash(token)) {
		s.logins.fail("setup\x00" + addrOf(ctx))
		return problem(http.StatusForbidden, "setup_token", "this setup token is not the one that the server printed last")
	}
	return nil
}
