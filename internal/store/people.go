package store

import (
	"context"
	"strings"
	"time"

	"github.com/uptrace/bun"
	"golang.org/x/text/unicode/norm"

	"github.com/opengam/opengam/internal/gam"
)

type userRow struct {
	bun.BaseModel `bun:"table:users,alias:u"`
	ID            int64  `bun:"id,pk,autoincrement"`
	Name          string `bun:"name"`
	NameKey       string `bun:"name_key"`
	Role          string `bun:"role"`
	PasswordHash  string `bun:"password_hash"`
	Disabled      bool   `bun:"disabled"`
	CreatedAt     int64  `bun:"created_at"`
	LastLoginAt   int64  `bun:"last_login_at"`
	SearchText    string `bun:"search_text"`
	cursorCols
}

var userList = &listing{
	fields: map[string]field{
		"id":            {"u.id", kInt},
		"name":          {"u.name_key", kText},
		"role":          {"u.role", kText},
		"disabled":      {"u.disabled", kBool},
		"created_at":    {"u.created_at", kTime},
		"last_login_at": {"u.last_login_at", kTime},
	},
	sort:   "name",
	tie:    []field{{"u.id", kInt}},
	search: []string{"u.search_text"},
}

// nameKey is a user's name as it is compared: without case, in one spelling.
func nameKey(name string) string { return norm.NFKC.String(strings.ToLower(text(name))) }

func newUserRow(u *User) userRow {
	return userRow{
		ID: u.ID, Name: text(u.Name), NameKey: nameKey(u.Name), Role: text(string(u.Role)), PasswordHash: text(u.PasswordHash),
		Disabled: u.Disabled, CreatedAt: us(u.CreatedAt), LastLoginAt: us(u.LastLoginAt),
		SearchText: fold(u.Name),
	}
}

func (r userRow) user() (User, error) {
	return User{
		ID: r.ID, Name: r.Name, Role: Role(r.Role), PasswordHash: r.PasswordHash, Disabled: r.Disabled,
		CreatedAt: at(r.CreatedAt), LastLoginAt: at(r.LastLoginAt),
	}, nil
}

// AddUser keeps a new account and fills its ID and CreatedAt.
func (q *Queries) AddUser(ctx context.Context, u *User) error {
	n := *u
	n.ID, n.CreatedAt = 0, now()
	r := newUserRow(&n)
	if _, err := q.db.NewInsert().Model(&r).Exec(ctx); err != nil {
		return q.failed(err, "add user %q", gam.Clip(n.Name, 60))
	}
	n.ID = r.ID
	give(q, u, n)
	return nil
}

// UserByName finds an account whatever the case of the name.
func (q *Queries) UserByName(ctx context.Context, name string) (User, error) {
	var r userRow
	if err := q.db.NewSelect().Model(&r).Where("name_key = ?", nameKey(name)).Scan(ctx); err != nil {
		return User{}, q.failed(err, "user %q", gam.Clip(name, 60))
	}
	return r.user()
}

// User reads one account.
func (q *Queries) User(ctx context.Context, id int64) (User, error) {
	var r userRow
	if err := q.db.NewSelect().Model(&r).Where("id = ?", id).Scan(ctx); err != nil {
		return User{}, q.failed(err, "user %d", id)
	}
	return r.user()
}

// Users lists accounts.
func (q *Queries) Users(ctx context.Context, lq ListQuery) (Page[User], error) {
	return list(ctx, q, "users", userList, lq,
		[]string{"u.*"}, userRow.user)
}

// UpdateUser writes all of an account but its creation.
func (q *Queries) UpdateUser(ctx context.Context, u *User) error {
	r := newUserRow(u)
	res, err := q.db.NewUpdate().Model(&r).Column("name", "name_key", "role", "password_hash", "disabled", "last_login_at", "search_text").WherePK().Exec(ctx)
	return q.touched(res, err, "update user %d", u.ID)
}

// CountUsers counts accounts; none means a first start.
func (q *Queries) CountUsers(ctx context.Context) (int, error) {
	n, err := q.db.NewSelect().Table("users").Count(ctx)
	return int(n), q.failed(err, "count users")
}

type tokenRow struct {
	bun.BaseModel `bun:"table:tokens,alias:t"`
	ID            int64  `bun:"id,pk,autoincrement"`
	Name          string `bun:"name"`
	Role          string `bun:"role"`
	Hash          string `bun:"hash"`
	ExpiresAt     int64  `bun:"expires_at"`
	CreatedAt     int64  `bun:"created_at"`
	LastUsedAt    int64  `bun:"last_used_at"`
	CreatedBy     string `bun:"created_by"`
	SearchText    string `bun:"search_text"`
	cursorCols
}

var tokenList = &listing{
	fields: map[string]field{
		"id":           {"t.id", kInt},
		"name":         {"t.name", kFold},
		"role":         {"t.role", kText},
		"created_by":   {"t.created_by", kText},
		"expires_at":   {"t.expires_at", kTime},
		"created_at":   {"t.created_at", kTime},
		"last_used_at": {"t.last_used_at", kTime},
	},
	sort:   "name",
	tie:    []field{{"t.id", kInt}},
	search: []string{"t.search_text"},
}

func (r tokenRow) token() (Token, error) {
	return Token{
		ID: r.ID, Name: r.Name, Role: Role(r.Role), Hash: r.Hash, ExpiresAt: at(r.ExpiresAt),
		CreatedAt: at(r.CreatedAt), LastUsedAt: at(r.LastUsedAt), CreatedBy: r.CreatedBy,
	}, nil
}

// AddToken keeps a new token's hash and fills its ID and CreatedAt.
func (q *Queries) AddToken(ctx context.Context, tk *Token) error {
	n := *tk
	n.ID, n.CreatedAt = 0, now()
	r := tokenRow{
		Name: text(n.Name), Role: text(string(n.Role)), Hash: text(n.Hash), ExpiresAt: us(n.ExpiresAt),
		CreatedAt: us(n.CreatedAt), LastUsedAt: us(n.LastUsedAt), CreatedBy: text(n.CreatedBy),
		SearchText: fold(n.Name, n.CreatedBy),
	}
	if _, err := q.db.NewInsert().Model(&r).Exec(ctx); err != nil {
		return q.failed(err, "add token %q", gam.Clip(n.Name, 60))
	}
	n.ID = r.ID
	give(q, tk, n)
	return nil
}

// TokenByHash finds a token, expired or not: whoever asks checks ExpiresAt.
func (q *Queries) TokenByHash(ctx context.Context, hash string) (Token, error) {
	var r tokenRow
	if err := q.db.NewSelect().Model(&r).Where("hash = ?", text(hash)).Scan(ctx); err != nil {
		return Token{}, q.failed(err, "token")
	}
	return r.token()
}

// Tokens lists tokens.
func (q *Queries) Tokens(ctx context.Context, lq ListQuery) (Page[Token], error) {
	return list(ctx, q, "tokens", tokenList, lq,
		[]string{"t.*"}, tokenRow.token)
}

// DeleteToken forgets a token; whoever holds it is refused from now on.
func (q *Queries) DeleteToken(ctx context.Context, id int64) error {
	res, err := q.db.NewDelete().Table("tokens").Where("id = ?", id).Exec(ctx)
	return q.touched(res, err, "delete token %d", id)
}

// TouchToken notes when a token was used last. A token that was deleted
// meanwhile is no error.
func (q *Queries) TouchToken(ctx context.Context, id int64, usedAt time.Time) error {
	_, err := q.db.NewUpdate().Table("tokens").Set("last_used_at = ?", us(usedAt)).
		Where("id = ?", id).Where("last_used_at < ?", us(usedAt)).Exec(ctx)
	return q.failed(err, "note the use of token %d", id)
}

type auditRow struct {
	bun.BaseModel `bun:"table:audits,alias:au"`
	ID            int64  `bun:"id,pk,autoincrement"`
	Actor         string `bun:"actor"`
	Action        string `bun:"action"`
	Object        string `bun:"object"`
	Detail        string `bun:"detail"`
	At            int64  `bun:"at"`
	SearchText    string `bun:"search_text"`
	cursorCols
}

var auditList = &listing{
	fields: map[string]field{
		"id":     {"au.id", kInt},
		"actor":  {"au.actor", kText},
		"action": {"au.action", kText},
		"object": {"au.object", kText},
		"at":     {"au.at", kTime},
	},
	sort:   "-id",
	tie:    []field{{"au.id", kInt}},
	search: []string{"au.search_text"},
}

// AddAudit notes who did what, and fills ID, and At when zero.
func (q *Queries) AddAudit(ctx context.Context, a *Audit) error {
	n := *a
	if n.At.IsZero() {
		n.At = now()
	}
	r := auditRow{Actor: text(n.Actor), Action: text(n.Action), Object: text(n.Object), Detail: text(n.Detail), At: us(n.At),
		SearchText: fold(n.Actor, n.Action, n.Object, n.Detail)}
	if _, err := q.db.NewInsert().Model(&r).Exec(ctx); err != nil {
		return q.failed(err, "write the audit log")
	}
	n.ID = r.ID
	give(q, a, n)
	return nil
}

// Audits lists who did what, newest first unless sorted otherwise.
func (q *Queries) Audits(ctx context.Context, lq ListQuery) (Page[Audit], error) {
	return list(ctx, q, "audits", auditList, lq,
		[]string{"au.*"},
		func(r auditRow) (Audit, error) {
			return Audit{ID: r.ID, Actor: r.Actor, Action: r.Action, Object: r.Object, Detail: r.Detail, At: at(r.At)}, nil
		})
}
