package app

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/opengam/opengam/internal/api"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// adminName is the user that OPENGAM_ADMIN_PASSWORD creates.
const adminName = "admin"

// firstStart makes sure that somebody can come in: with the password of the
// settings a user admin, without it a one-time setup link. Once a user exists
// it does nothing.
func (a *App) firstStart(ctx context.Context) error {
	n, err := a.store.CountUsers(ctx)
	if err != nil || n > 0 {
		return err
	}
	if !a.o.AdminPassword.Empty() {
		acc := &LocalAccounts{st: a.store}
		return acc.AddUser(ctx, adminName, string(store.Admin), a.o.AdminPassword)
	}
	token, err := api.NewSetupToken(ctx, a.store)
	if err != nil {
		return err
	}
	a.setup = token.Reveal()
	return nil
}

// Account is one user, for the command line.
type Account struct {
	ID       int64
	Name     string
	Role     string
	Disabled bool
}

// LocalAccounts administers accounts in the data folder, for when no server
// runs.
type LocalAccounts struct{ st *store.Store }

// OpenAccounts opens the data folder; it must be closed again.
func OpenAccounts(ctx context.Context, o Options) (*LocalAccounts, error) {
	o.fill()
	if bad := o.Check(); len(bad) > 0 {
		return nil, errors.Join(bad...)
	}
	st, err := openStore(ctx, o)
	if err != nil {
		return nil, err
	}
	q, err := migrate(ctx, st, o)
	if err == nil {
		err = q.Close()
	}
	if err != nil {
		return nil, errors.Join(err, st.Close())
	}
	return &LocalAccounts{st: st}, nil
}

// Close gives the data folder back.
func (l *LocalAccounts) Close() error { return l.st.Close() }

// localActor signs what is done without a server.
const localActor = "command line"

// AddUser adds an account.
func (l *LocalAccounts) AddUser(ctx context.Context, name, role string, password gam.Secret) error {
	if err := api.CheckUserName(name); err != nil {
		return err
	}
	r, err := store.ParseRole(role)
	if err != nil {
		return err
	}
	hash, err := api.HashPassword(password)
	if err != nil {
		return err
	}
	return l.audited(ctx, "user.add", name, func(ctx context.Context, tx *store.Tx) error {
		return tx.AddUser(ctx, &store.User{Name: name, Role: r, PasswordHash: hash, CreatedAt: time.Now().UTC()})
	})
}

// Users lists every account.
func (l *LocalAccounts) Users(ctx context.Context) ([]Account, error) {
	var out []Account
	q := store.ListQuery{Limit: store.MaxLimit}
	for {
		page, err := l.st.Users(ctx, q)
		if err != nil {
			return nil, err
		}
		for _, u := range page.Items {
			out = append(out, Account{ID: u.ID, Name: u.Name, Role: string(u.Role), Disabled: u.Disabled})
		}
		if page.Next == "" {
			return out, nil
		}
		q.Cursor = page.Next
	}
}

// SetPassword changes a password.
func (l *LocalAccounts) SetPassword(ctx context.Context, name string, password gam.Secret) error {
	hash, err := api.HashPassword(password)
	if err != nil {
		return err
	}
	return l.change(ctx, "user.password", name, func(u *store.User) { u.PasswordHash = hash })
}

// DisableUser locks an account.
func (l *LocalAccounts) DisableUser(ctx context.Context, name string) error {
	return l.change(ctx, "user.disable", name, func(u *store.User) { u.Disabled = true })
}

// CreateToken makes an API token; ttl 0 is for ever.
func (l *LocalAccounts) CreateToken(ctx context.Context, name, role string, ttl time.Duration) (string, error) {
	return l.createToken(ctx, name, role, ttl, localActor)
}

func (l *LocalAccounts) createToken(ctx context.Context, name, role string, ttl time.Duration, by string) (string, error) {
	r, err := store.ParseRole(role)
	if err != nil {
		return "", err
	}
	token, hash := api.NewToken()
	row := store.Token{Name: name, Role: r, Hash: hash, CreatedAt: time.Now().UTC(), CreatedBy: by}
	if ttl > 0 {
		row.ExpiresAt = row.CreatedAt.Add(ttl)
	}
	err = l.audited(ctx, "token.create", name, func(ctx context.Context, tx *store.Tx) error {
		return tx.AddToken(ctx, &row)
	})
	if err != nil {
		return "", err
	}
	return token.Reveal(), nil
}

func (l *LocalAccounts) change(ctx context.Context, action, name string, do func(*store.User)) error {
	return l.audited(ctx, action, name, func(ctx context.Context, tx *store.Tx) error {
		u, err := tx.UserByName(ctx, name)
		if err != nil {
			return err
		}
		do(&u)
		return tx.UpdateUser(ctx, &u)
	})
}

// audited does one thing and writes down that it was done, or neither.
func (l *LocalAccounts) audited(ctx context.Context, action, object string, do func(context.Context, *store.Tx) error) error {
	return l.st.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if err := do(ctx, tx); err != nil {
			return fmt.Errorf("%s %s: %w", action, object, err)
		}
		return tx.AddAudit(ctx, &store.Audit{Actor: localActor, Action: action, Object: object, At: time.Now().UTC()})
	})
}
