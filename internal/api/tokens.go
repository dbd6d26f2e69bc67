package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// Token is a machine's account.
type Token struct {
	ID         int64      `json:"id"`
	Name       string     `json:"name"`
	Role       string     `json:"role" enum:"viewer,technician,operator,admin"`
	ExpiresAt  *time.Time `json:"expires_at" doc:"null: never"`
	CreatedAt  *time.Time `json:"created_at"`
	CreatedBy  string     `json:"created_by"`
	LastUsedAt *time.Time `json:"last_used_at"`
}

// NewTokenAnswer is a token with its text, which is shown this once.
type NewTokenAnswer struct {
	Token
	Text string `json:"token" doc:"goes into Authorization: Bearer …; it cannot be shown again"`
}

// TokenCreate adds a token.
type TokenCreate struct {
	Name string `json:"name" minLength:"1" maxLength:"64"`
	Role string `json:"role" enum:"viewer,technician,operator,admin"`
	TTLS int64  `json:"ttl_s,omitempty" minimum:"60" maximum:"315360000" doc:"seconds until it expires; absent: never"`
}

type tokenOutput struct{ Body NewTokenAnswer }

type tokensInput struct {
	ListParams
	Name string `query:"name"`
	Role string `query:"role"`
}

func (s *server) tokenRoutes() {
	const list, one = "/api/v1/tokens", "/api/v1/tokens/{id}"
	add(s, route{method: http.MethodGet, path: list, id: "list-tokens", access: Admin, tag: "users", summary: "List API tokens"}, s.listTokens)
	add(s, route{method: http.MethodPost, path: list, id: "create-token", access: Admin, tag: "users", summary: "Add an API token", status: http.StatusCreated}, s.createToken)
	add(s, route{method: http.MethodDelete, path: one, id: "delete-token", access: Admin, tag: "users", summary: "Revoke an API token"}, s.deleteToken)
}

func (s *server) listTokens(ctx context.Context, in *tokensInput) (*listOutput[Token], error) {
	p, err := s.store.Tokens(ctx, listQuery(in))
	if err != nil {
		return nil, err
	}
	return page(p, tokenOf), nil
}

func (s *server) createToken(ctx context.Context, in *struct{ Body TokenCreate }) (*tokenOutput, error) {
	text, hash := NewToken()
	now := s.now()
	t := store.Token{Name: gam.Clean(in.Body.Name, 64), Role: store.Role(in.Body.Role), Hash: hash, CreatedAt: now, CreatedBy: actor(ctx)}
	if t.Name == "" {
		return nil, invalid("name", "name_empty", "a token needs a name")
	}
	if in.Body.TTLS != 0 {
		t.ExpiresAt = now.Add(time.Duration(in.Body.TTLS) * time.Second)
	}
	err := s.audited(ctx, "token.create", func(ctx context.Context, w writer) (string, error) {
		err := w.AddToken(ctx, &t)
		return object("token", t.ID, t.Name), err
	})
	if err != nil {
		return nil, err
	}
	return &tokenOutput{NewTokenAnswer{Token: tokenOf(t), Text: text.Reveal()}}, nil
}

func (s *server) deleteToken(ctx context.Context, in *idInput) (*none, error) {
	return nil, s.audited(ctx, "token.delete", func(ctx context.Context, w writer) (string, error) {
		return fmt.Sprintf("token %d", in.ID), w.DeleteToken(ctx, in.ID)
	})
}

func tokenOf(t store.Token) Token {
	return Token{
		ID: t.ID, Name: t.Name, Role: string(t.Role), ExpiresAt: timeOrNull(t.ExpiresAt), CreatedAt: timeOrNull(t.CreatedAt),
		CreatedBy: t.CreatedBy, LastUsedAt: timeOrNull(t.LastUsedAt),
	}
}
