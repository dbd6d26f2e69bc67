package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/opengam/opengam/internal/store"
)

// controlFile tells commands on the same machine where the running server is.
// It holds a token, so only the owner of the data folder may read it; the
// token is made anew at every start and removed at the end.
const controlFile = "control.json"

// controlToken is the token's name in the list of tokens.
const controlToken = "command line on the server's machine"

// controlTTL ends a token that a killed server left behind.
const controlTTL = 400 * 24 * time.Hour

type control struct {
	URL   string `json:"url"`
	Token string `json:"token"`
}

// announceControl writes the control file; the returned undo takes it back.
func (a *App) announceControl(ctx context.Context) (func(context.Context) error, error) {
	if err := a.dropControlTokens(ctx); err != nil {
		return nil, err
	}
	acc := &LocalAccounts{st: a.store}
	token, err := acc.createToken(ctx, controlToken, string(store.Admin), controlTTL, "system")
	if err != nil {
		return nil, err
	}
	b, err := json.Marshal(control{URL: a.localURL(), Token: token})
	if err != nil {
		return nil, fmt.Errorf("control file: %w", err)
	}
	path := filepath.Join(a.o.DataDir, controlFile)
	// A file left with wider rights would keep them: remove it first.
	if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("control file: %w", err)
	}
	if err := os.WriteFile(path, b, 0o600); err != nil {
		return nil, fmt.Errorf("control file: %w", err)
	}
	return func(ctx context.Context) error {
		err := a.dropControlTokens(ctx)
		if rerr := os.Remove(path); rerr != nil && !errors.Is(rerr, fs.ErrNotExist) {
			err = errors.Join(err, rerr)
		}
		return err
	}, nil
}

func (a *App) dropControlTokens(ctx context.Context) error {
	page, err := a.store.Tokens(ctx, store.ListQuery{Limit: store.MaxLimit})
	if err != nil {
		return err
	}
	for _, t := range page.Items {
		if t.Name == controlToken && t.CreatedBy == "system" {
			if err := a.store.DeleteToken(ctx, t.ID); err != nil {
				return err
			}
		}
	}
	return nil
}

// controlWait bounds the question whether a server runs.
const controlWait = 2 * time.Second

// RunningServer finds the server that runs on this data folder.
func RunningServer(ctx context.Context, o Options) (url, token string, ok bool) {
	o.fill()
	b, err := os.ReadFile(filepath.Join(o.DataDir, controlFile))
	if err != nil {
		return "", "", false
	}
	var c control
	if json.Unmarshal(b, &c) != nil {
		return "", "", false
	}
	ctx, cancel := context.WithTimeout(ctx, controlWait)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, c.URL+"/healthz", nil)
	if err != nil {
		return "", "", false
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return "", "", false // left behind by a killed server
	}
	_ = res.Body.Close()
	return c.URL, c.Token, res.StatusCode == http.StatusOK
}
