package store_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

func TestRoles(t *testing.T) {
	all := []store.Role{store.Viewer, store.Technician, store.Operator, store.Admin}
	for i, r := range all {
		for j, other := range all {
			if r.AtLeast(other) != (i >= j) {
				t.Errorf("%s at least %s: %v", r, other, r.AtLeast(other))
			}
		}
		if r.AtLeast("") || r.AtLeast("root") || store.Role("root").AtLeast(r) || store.Role("").AtLeast(r) {
			t.Errorf("an unknown role compares with %s", r)
		}
		if p, err := store.ParseRole(string(r)); err != nil || p != r {
			t.Errorf("ParseRole(%q) = %q, %v", r, p, err)
		}
	}
	for _, s := range []string{"", "root", "Admin", "admin "} {
		if r, err := store.ParseRole(s); err == nil || r != "" {
			t.Errorf("ParseRole(%q) = %q, %v, want a refusal", s, r, err)
		}
	}
}

func TestUsers(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		if n := got[int](t)(st.CountUsers(ctx)); n != 0 {
			t.Errorf("%d users at the start", n)
		}
		whole := filled[store.User]()
		must(t, st.AddUser(ctx, &whole))
		anna := store.User{Name: "Änna", Role: store.Admin}
		must(t, st.AddUser(ctx, &anna))
		same(t, "User", got[store.User](t)(st.User(ctx, whole.ID)), whole)
		same(t, "by name", got[store.User](t)(st.UserByName(ctx, "äNNA")), anna)
		refused(t, st.AddUser(ctx, &store.User{Name: "ÄNNA"}), gam.ErrConflict, "ÄNNA", "another user has this name")
		for _, q := range []string{"anna", "äNNA"} {
			if p := got[store.Page[store.User]](t)(st.Users(ctx, store.ListQuery{Q: q})); p.Total != 1 || p.Items[0].ID != anna.ID {
				t.Errorf("searching for %q finds %+v", q, p)
			}
		}
		anna.Name, anna.Role, anna.Disabled, anna.PasswordHash, anna.LastLoginAt = "Bea", store.Viewer, true, "hash", noon
		must(t, st.UpdateUser(ctx, &anna))
		same(t, "updated", got[store.User](t)(st.User(ctx, anna.ID)), anna)
		_, err := st.UserByName(ctx, "änna")
		refused(t, err, gam.ErrNotFound, "änna")
		_, err = st.User(ctx, 404)
		refused(t, err, gam.ErrNotFound, "user 404")
		refused(t, st.UpdateUser(ctx, &store.User{ID: 404, Name: "x"}), gam.ErrNotFound, "user 404")
		anna.Name = whole.Name
		refused(t, st.UpdateUser(ctx, &anna), gam.ErrConflict, "another user has this name")
		page := got[store.Page[store.User]](t)(st.Users(ctx, store.ListQuery{Where: map[string]string{"role": "viewer"}}))
		if page.Total != 1 || page.Items[0].Name != "Bea" || got[int](t)(st.CountUsers(ctx)) != 2 {
			t.Errorf("viewers are %+v", page)
		}
		if b, err := json.Marshal(whole); err != nil || bytes.Contains(b, []byte(whole.PasswordHash)) {
			t.Errorf("a user in JSON shows the password hash: %s, %v", b, err)
		}
	})
}

func TestTokens(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		whole := filled[store.Token]()
		must(t, st.AddToken(ctx, &whole))
		same(t, "TokenByHash", got[store.Token](t)(st.TokenByHash(ctx, whole.Hash)), whole)
		refused(t, st.AddToken(ctx, &store.Token{Name: "twice", Hash: whole.Hash}), gam.ErrConflict, "twice")
		later := whole.LastUsedAt.Add(time.Hour)
		must(t, st.TouchToken(ctx, whole.ID, later))
		must(t, st.TouchToken(ctx, whole.ID, whole.LastUsedAt)) // not backwards
		must(t, st.TouchToken(ctx, 404, later))
		whole.LastUsedAt = later
		page := got[store.Page[store.Token]](t)(st.Tokens(ctx, store.ListQuery{Q: "TEXT"}))
		same(t, "Tokens", page.Items, []store.Token{whole})
		must(t, st.DeleteToken(ctx, whole.ID))
		_, err := st.TokenByHash(ctx, whole.Hash)
		refused(t, err, gam.ErrNotFound, "token")
		if strings.Contains(err.Error(), whole.Hash) {
			t.Errorf("error %q shows the hash", err)
		}
		refused(t, st.DeleteToken(ctx, whole.ID), gam.ErrNotFound, "token")
	})
}

func TestSessions(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		s := st.Sessions()
		find := func(token string, want []byte) {
			t.Helper()
			b, found, err := s.FindCtx(ctx, token)
			if err != nil || found != (want != nil) || !bytes.Equal(b, want) {
				t.Errorf("session %q: %q, %v, %v, want %q", token, b, found, err, want)
			}
		}
		data := []byte{0, 1, 255, '\'', '"', '?'}
		find("token", nil)
		must(t, s.CommitCtx(ctx, "token", data, time.Now().Add(time.Hour)))
		must(t, s.CommitCtx(ctx, "over", data, time.Now().Add(-time.Second)))
		find("token", data)
		find("Token", nil)
		find("over", nil)
		must(t, s.CommitCtx(ctx, "token", []byte("new"), time.Now().Add(time.Hour)))
		find("token", []byte("new"))
		var stored string
		must(t, st.DB().NewSelect().Table("sessions").ColumnExpr("max(token_hash)").Scan(ctx, &stored))
		if strings.Contains(stored, "token") || len(stored) != 64 {
			t.Errorf("the session is stored as %q, want a hash", stored)
		}
		must(t, s.DeleteCtx(ctx, "token"))
		must(t, s.DeleteCtx(ctx, "token"))
		find("token", nil)
		must(t, s.Commit("plain", nil, time.Now().Add(time.Hour)))
		if b, found, err := s.Find("plain"); err != nil || !found || len(b) != 0 {
			t.Errorf("session without data: %q, %v, %v", b, found, err)
		}
		must(t, s.Delete("plain"))
		for i := range 250 {
			must(t, s.CommitCtx(ctx, fmt.Sprint(i), nil, time.Now().Add(-time.Second)))
		}
		n, err := st.DB().NewSelect().Table("sessions").Count(ctx)
		must(t, err)
		if n >= 250 {
			t.Errorf("%d sessions that ran out are kept", n)
		}
	})
}

func TestMeta(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		_, err := st.Meta(ctx, "setup")
		refused(t, err, gam.ErrNotFound, "setup")
		must(t, st.SetMeta(ctx, "setup", "one"))
		must(t, st.SetMeta(ctx, "setup", "two"))
		if v := got[string](t)(st.Meta(ctx, "setup")); v != "two" {
			t.Errorf("meta is %q, want two", v)
		}
		// Of several who take it at the same time, one gets it.
		const n = 8
		answers := make(chan error, n)
		for range n {
			go func() {
				_, err := st.TakeMeta(ctx, "setup")
				answers <- err
			}()
		}
		taken := 0
		for range n {
			if err := <-answers; err == nil {
				taken++
			} else {
				refused(t, err, gam.ErrNotFound, "setup")
			}
		}
		if taken != 1 {
			t.Errorf("%d took the value, want 1", taken)
		}
	})
}

func TestIdempotency(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		look := func(key, actor string) (int, string, bool) {
			t.Helper()
			status, body, found, err := st.Idempotent(ctx, key, actor)
			must(t, err)
			return status, string(body), found
		}
		if _, _, found := look("k", "anna"); found {
			t.Error("a key is found before it was kept")
		}
		must(t, st.KeepIdempotent(ctx, "k", "anna", 201, []byte(`{"token":"bait-idem"}`)))
		must(t, st.KeepIdempotent(ctx, "k", "bea", 204, nil))
		if status, body, found := look("k", "anna"); status != 201 || body != `{"token":"bait-idem"}` || !found {
			t.Errorf("anna's answer is %d %q %v", status, body, found)
		}
		if status, body, found := look("k", "bea"); status != 204 || body != "" || !found {
			t.Errorf("bea's answer is %d %q %v", status, body, found)
		}
		// The second of two equal requests is undone.
		err := st.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
			must(t, tx.AddPlan(ctx, &gam.Plan{Name: "second"}))
			return tx.KeepIdempotent(ctx, "k", "anna", 201, nil)
		})
		refused(t, err, gam.ErrConflict, `"k"`, "used already")
		if p := got[[]gam.Plan](t)(st.AllPlans(ctx)); len(p) != 0 {
			t.Errorf("the second request left %v", p)
		}
		// The answer takes the place of the receipt that the work left.
		must(t, st.AnswerIdempotent(ctx, "k", "bea", 201, []byte("whole")))
		must(t, st.AnswerIdempotent(ctx, "first", "bea", 202, []byte("without receipt")))
		if status, body, found := look("k", "bea"); status != 201 || body != "whole" || !found {
			t.Errorf("bea's answer is %d %q %v", status, body, found)
		}
		if status, body, found := look("first", "bea"); status != 202 || body != "without receipt" || !found {
			t.Errorf("bea's first answer is %d %q %v", status, body, found)
		}
		if status, _, found := look("k", "anna"); status != 201 || !found {
			t.Errorf("anna's answer went with bea's: %d %v", status, found)
		}
		var stored string
		must(t, st.DB().NewSelect().Table("idempotency_keys").ColumnExpr("max(body)").Scan(ctx, &stored))
		if stored == "" || strings.Contains(stored, "bait") {
			t.Errorf("the answer is stored as %q, want it encrypted", stored)
		}
		// A day later it is forgotten and the key is free.
		_, err = st.DB().NewRaw("UPDATE idempotency_keys SET created_at = ?", time.Now().Add(-25*time.Hour).UnixMicro()).Exec(ctx)
		must(t, err)
		if _, _, found := look("k", "anna"); found {
			t.Error("an answer is repeated after a day")
		}
		must(t, st.KeepIdempotent(ctx, "k", "anna", 200, nil))
	})
}
