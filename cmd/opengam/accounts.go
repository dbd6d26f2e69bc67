package main

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/opengam/opengam/internal/app"
	"github.com/opengam/opengam/internal/client"
	"github.com/opengam/opengam/internal/gam"
)

// apiFlags say which running server a command talks to.
type apiFlags struct {
	URL   string `env:"OPENGAM_URL" help:"Base URL of the server." placeholder:"URL"`
	Token string `env:"OPENGAM_TOKEN" help:"API token." placeholder:"TOKEN"`
}

// accounts is what user and token commands need, through a running server or
// on the data folder.
type accounts interface {
	AddUser(ctx context.Context, name, role string, password gam.Secret) error
	Users(ctx context.Context) ([]app.Account, error)
	SetPassword(ctx context.Context, name string, password gam.Secret) error
	DisableUser(ctx context.Context, name string) error
	CreateToken(ctx context.Context, name, role string, ttl time.Duration) (string, error)
}

// accountsOf finds the way to the accounts: the server that the environment
// names, else the one that runs on this data folder, else the folder itself.
func accountsOf(e *env, a apiFlags, d dataFlags) (accounts, func(), error) {
	nothing := func() {}
	if a.URL == "" {
		if url, token, ok := app.RunningServer(e.ctx, d.options()); ok {
			a.URL, a.Token = url, token
		}
	}
	if a.URL != "" {
		c, err := client.New(a.URL, a.Token)
		return remoteAccounts{c}, nothing, err
	}
	local, err := app.OpenAccounts(e.ctx, d.options())
	if err != nil {
		return nil, nothing, err
	}
	return local, func() { _ = local.Close() }, nil
}

// remoteAccounts works through the API.
type remoteAccounts struct{ c *client.Client }

type userRow struct {
	ID       int64  `json:"id"`
	Name     string `json:"name"`
	Role     string `json:"role"`
	Disabled bool   `json:"disabled"`
}

func (r remoteAccounts) AddUser(ctx context.Context, name, role string, password gam.Secret) error {
	body := map[string]string{"name": name, "role": role, "password": password.Reveal()}
	return r.c.Do(ctx, http.MethodPost, "/api/v1/users", body, nil)
}

func (r remoteAccounts) Users(ctx context.Context) ([]app.Account, error) {
	rows, err := client.All[userRow](ctx, r.c, "/api/v1/users", nil)
	if err != nil {
		return nil, err
	}
	out := make([]app.Account, len(rows))
	for i, u := range rows {
		out[i] = app.Account{ID: u.ID, Name: u.Name, Role: u.Role, Disabled: u.Disabled}
	}
	return out, nil
}

func (r remoteAccounts) path(ctx context.Context, name string) (string, error) {
	all, err := r.Users(ctx)
	if err != nil {
		return "", err
	}
	for _, u := range all {
		if strings.EqualFold(u.Name, name) {
			return "/api/v1/users/" + strconv.FormatInt(u.ID, 10), nil
		}
	}
	return "", fmt.Errorf("user %q: %w", name, gam.ErrNotFound)
}

func (r remoteAccounts) SetPassword(ctx context.Context, name string, password gam.Secret) error {
	path, err := r.path(ctx, name)
	if err != nil {
		return err
	}
	return r.c.Do(ctx, http.MethodPatch, path, map[string]string{"password": password.Reveal()}, nil)
}

func (r remoteAccounts) DisableUser(ctx context.Context, name string) error {
	path, err := r.path(ctx, name)
	if err != nil {
		return err
	}
	return r.c.Do(ctx, http.MethodPatch, path, map[string]bool{"disabled": true}, nil)
}

func (r remoteAccounts) CreateToken(ctx context.Context, name, role string, ttl time.Duration) (string, error) {
	body := map[string]any{"name": name, "role": role}
	if ttl > 0 {
		body["ttl_s"] = int64(ttl / time.Second)
	}
	var made struct {
		Token string `json:"token"`
	}
	if err := r.c.Do(ctx, http.MethodPost, "/api/v1/tokens", body, &made); err != nil {
		return "", err
	}
	return made.Token, nil
}

type userCmd struct {
	Add     userAddCmd     `cmd:"" help:"Add an account; the password is read from standard input."`
	List    userListCmd    `cmd:"" help:"List accounts."`
	Passwd  userPasswdCmd  `cmd:"" help:"Set a password, read from standard input."`
	Disable userDisableCmd `cmd:"" help:"Disable an account and end its sessions."`

	apiFlags
	dataFlags
}

type userAddCmd struct {
	Name string `arg:"" help:"Name to sign in with."`
	Role string `default:"operator" enum:"viewer,technician,operator,admin" help:"viewer, technician, operator or admin."`
}

func (c userAddCmd) Run(e *env, u *userCmd) error {
	pw, err := readPassword(e) // first: the data folder is not locked while somebody types
	if err != nil {
		return err
	}
	acc, done, err := accountsOf(e, u.apiFlags, u.dataFlags)
	if err != nil {
		return err
	}
	defer done()
	if err := acc.AddUser(e.ctx, c.Name, c.Role, pw); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "user %s added as %s\n", c.Name, c.Role)
	return err
}

type userListCmd struct{}

func (userListCmd) Run(e *env, u *userCmd) error {
	acc, done, err := accountsOf(e, u.apiFlags, u.dataFlags)
	if err != nil {
		return err
	}
	defer done()
	users, err := acc.Users(e.ctx)
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(e.stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "NAME\tROLE\tSTATE")
	for _, u := range users {
		state := "active"
		if u.Disabled {
			state = "disabled"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\n", u.Name, u.Role, state)
	}
	return w.Flush()
}

type userPasswdCmd struct {
	Name string `arg:"" help:"Account."`
}

func (c userPasswdCmd) Run(e *env, u *userCmd) error {
	pw, err := readPassword(e) // first: the data folder is not locked while somebody types
	if err != nil {
		return err
	}
	acc, done, err := accountsOf(e, u.apiFlags, u.dataFlags)
	if err != nil {
		return err
	}
	defer done()
	if err := acc.SetPassword(e.ctx, c.Name, pw); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "password of %s changed\n", c.Name)
	return err
}

type userDisableCmd struct {
	Name string `arg:"" help:"Account."`
}

func (c userDisableCmd) Run(e *env, u *userCmd) error {
	acc, done, err := accountsOf(e, u.apiFlags, u.dataFlags)
	if err != nil {
		return err
	}
	defer done()
	if err := acc.DisableUser(e.ctx, c.Name); err != nil {
		return err
	}
	_, err = fmt.Fprintf(e.stdout, "user %s disabled\n", c.Name)
	return err
}

type tokenCmd struct {
	Create tokenCreateCmd `cmd:"" help:"Create an API token and print it once."`

	apiFlags
	dataFlags
}

type tokenCreateCmd struct {
	Name string        `required:"" help:"What the token is for."`
	Role string        `default:"operator" enum:"viewer,technician,operator,admin" help:"viewer, technician, operator or admin."`
	TTL  time.Duration `name:"ttl" default:"0" help:"How long it works, for example 720h; 0 = until it is deleted."`
}

func (c tokenCreateCmd) Run(e *env, t *tokenCmd) error {
	if c.TTL < 0 {
		return fmt.Errorf("--ttl %s: want a duration above 0, for example 720h", c.TTL)
	}
	acc, done, err := accountsOf(e, t.apiFlags, t.dataFlags)
	if err != nil {
		return err
	}
	defer done()
	token, err := acc.CreateToken(e.ctx, c.Name, c.Role, c.TTL)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(e.stdout, token)
	return err
}
