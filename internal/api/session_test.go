package api

import (
	"log/slog"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// TestSetupHashesForTheTokenOnly: whoever has no token, or comes too late, does
// not make the server spend the memory of a password's hash. Not parallel,
// because it looks at the memory of the whole process.
func TestSetupHashesForTheTokenOnly(t *testing.T) {
	b := setup(t)
	if _, err := NewSetupToken(t.Context(), b.st); err != nil {
		t.Fatal(err)
	}
	costs := func(status int, code string) {
		t.Helper()
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		b.nobody().do("POST", "/api/v1/setup", obj{"token": "wrong", "username": "mallory", "password": "long enough"}).refused(status, code)
		runtime.ReadMemStats(&after)
		if spent := after.TotalAlloc - before.TotalAlloc; spent > uint64(hashing.Memory)*1024/2 {
			t.Errorf("%s costs %d bytes", code, spent)
		}
	}
	costs(403, "setup_token")
	b.user("anna", store.Admin, "long enough")
	costs(409, "set_up_already")
}

func TestLogin(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.user("Anna", store.Operator, bait)

	res := b.nobody().do("POST", "/api/v1/session", obj{"username": "anna", "password": bait}).want(200)
	cookie := res.header.Get("Set-Cookie")
	for _, attr := range []string{"HttpOnly", "SameSite=Strict", "Path=/", "opengam_session="} {
		if !strings.Contains(cookie, attr) {
			t.Errorf("cookie %q lacks %s", cookie, attr)
		}
	}
	out := res.object()
	csrf, _ := out["csrf_token"].(string)
	if user, _ := out["user"].(obj); len(csrf) < 32 || user["name"] != "Anna" || user["role"] != "operator" {
		t.Errorf("answer of a login: %s", res.body)
	}
	pair, _, _ := strings.Cut(cookie, ";")
	anna := b.nobody().with("Cookie", pair)
	var again struct {
		CSRF string `json:"csrf_token"`
	}
	anna.get("/api/v1/session").want(200).into(&again)
	if again.CSRF != csrf {
		t.Errorf("GET session: csrf_token %q, want the one of the login %q", again.CSRF, csrf)
	}

	// Writes need the token of this very session.
	plan := obj{"name": "Gold"}
	anna.do("POST", "/api/v1/plans", plan).refused(403, "csrf")
	anna.with(csrfHeader, csrf+"x").do("POST", "/api/v1/plans", plan).refused(403, "csrf")
	anna.with(csrfHeader, csrf).do("POST", "/api/v1/plans", plan).want(201)

	anna.do("DELETE", "/api/v1/session", nil).refused(403, "csrf")
	anna.with(csrfHeader, csrf).do("DELETE", "/api/v1/session", nil).want(204)
	anna.get("/api/v1/session").refused(401, "unauthenticated")
}

func TestSecureCookieUnderHTTPS(t *testing.T) {
	t.Parallel()
	for base, want := range map[string]bool{"https://gam.example": true, "http://gam.example": false, "": false} {
		if got := newSessions(setup(t).st, slog.New(slog.DiscardHandler), strings.HasPrefix(base, "https://")).Cookie.Secure; got != want {
			t.Errorf("%q: Secure %v, want %v", base, got, want)
		}
	}
}

func TestSessionEnds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	u := b.user("anna", store.Admin, bait)
	b.user("root", store.Admin, bait)
	signIn := func() (*as, string) { return b.login("anna", bait) }

	t.Run("WhenDisabled", func(t *testing.T) {
		anna, _ := signIn()
		b.admin().do("PATCH", "/api/v1/users/"+id(u.ID), obj{"disabled": true}).want(200)
		anna.get("/api/v1/devices").refused(401, "unauthenticated")
		b.nobody().do("POST", "/api/v1/session", obj{"username": "anna", "password": bait}).refused(401, "wrong_login")
		b.admin().do("PATCH", "/api/v1/users/"+id(u.ID), obj{"disabled": false}).want(200)
	})
	t.Run("WhenThePasswordChanges", func(t *testing.T) {
		other, _ := signIn()
		anna, csrf := signIn()
		res := anna.with(csrfHeader, csrf).do("POST", "/api/v1/session/password", obj{"current_password": bait, "new_password": bait + "2"}).want(200)
		other.get("/api/v1/devices").refused(401, "unauthenticated")
		pair, _, _ := strings.Cut(res.header.Get("Set-Cookie"), ";")
		b.nobody().with("Cookie", pair).get("/api/v1/devices").want(200)
		b.nobody().do("POST", "/api/v1/session", obj{"username": "anna", "password": bait}).refused(401, "wrong_login")
		b.nobody().do("POST", "/api/v1/session", obj{"username": "anna", "password": bait + "2"}).want(200)
		b.admin().do("PATCH", "/api/v1/users/"+id(u.ID), obj{"password": bait}).want(200)
	})
	t.Run("WhenTheRoleFalls", func(t *testing.T) {
		anna, _ := signIn()
		anna.get("/api/v1/users").want(200)
		b.admin().do("PATCH", "/api/v1/users/"+id(u.ID), obj{"role": "viewer"}).want(200)
		anna.get("/api/v1/users").refused(403, "forbidden")
		anna.get("/api/v1/devices").want(200)
	})
}

func TestWrongPasswordOfOneself(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.user("anna", store.Viewer, bait)
	anna, csrf := b.login("anna", bait)
	anna = anna.with(csrfHeader, csrf)
	anna.do("POST", "/api/v1/session/password", obj{"current_password": "x", "new_password": "long enough"}).
		refused(422, "invalid").field(t, "current_password", "wrong_password")
	anna.do("POST", "/api/v1/session/password", obj{"current_password": bait, "new_password": "short"}).
		refused(422, "invalid").field(t, "new_password", "password_length")
	b.admin().do("POST", "/api/v1/session/password", obj{"current_password": bait, "new_password": "long enough"}).refused(409, "not_a_session")
}

func TestLoginsAreLimited(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.user("anna", store.Viewer, bait)
	b.user("bert", store.Viewer, bait)
	try := func(name, password string) *answerOf {
		return b.nobody().do("POST", "/api/v1/session", obj{"username": name, "password": password})
	}
	for range loginFailuresPerName {
		try("anna", "wrong").refused(401, "wrong_login")
	}
	res := try("anna", bait)
	res.refused(429, "too_many_logins")
	if s, err := strconv.Atoi(res.header.Get("Retry-After")); err != nil || s < 1 || s > int(loginWindow/time.Second) {
		t.Errorf("Retry-After %q", res.header.Get("Retry-After"))
	}
	try("ANNA", bait).refused(429, "too_many_logins")
	try("bert", bait).want(200)
	try("nobody at all", bait).refused(401, "wrong_login")
	b.clock.add(loginWindow + time.Second)
	try("anna", bait).want(200)
	if strings.Contains(b.log.String(), bait) {
		t.Error("the password is in the log")
	}
}

func TestTokens(t *testing.T) {
	t.Parallel()
	b := setup(t)
	made := b.admin().do("POST", "/api/v1/tokens", obj{"name": "ci", "role": "operator", "ttl_s": 3600}).want(201)
	text := at[string](made, "token")
	if !strings.HasPrefix(text, tokenPrefix) || at[string](made, "expires_at") == "" {
		t.Fatalf("a new token: %s", made.body)
	}
	ci := b.nobody().with("Authorization", "Bearer "+text)
	ci.do("POST", "/api/v1/plans", obj{"name": "Gold"}).want(201)
	if who := ci.get("/api/v1/session").want(200); at[string](who, "csrf_token") != "" || at[string](who, "user", "role") != "operator" {
		t.Errorf("GET session with a token: %s", who.body)
	}
	list := b.admin().get("/api/v1/tokens?q=ci").want(200)
	if strings.Contains(string(list.body), text) || strings.Contains(string(list.body), "hash") {
		t.Errorf("the list of tokens shows secrets: %s", list.body)
	}
	if !strings.Contains(string(list.body), `"last_used_at":"20`) {
		t.Errorf("the use of a token is not noted: %s", list.body)
	}
	b.clock.add(time.Hour)
	p := ci.get("/api/v1/devices").refused(401, "unauthenticated")
	if !strings.Contains(p.Detail, "expired") {
		t.Errorf("an expired token: %q", p.Detail)
	}
	b.admin().do("DELETE", "/api/v1/tokens/"+id(number(made)), nil).want(204)
	if p := ci.get("/api/v1/devices").refused(401, "unauthenticated"); !strings.Contains(p.Detail, "revoked") {
		t.Errorf("a revoked token: %q", p.Detail)
	}
	b.admin().do("POST", "/api/v1/tokens", obj{"name": "x", "role": "god"}).refused(422, "invalid").field(t, "role", "invalid")
}

func TestSetup(t *testing.T) {
	t.Parallel()
	b := setup(t)
	if got := b.nobody().get("/api/v1/setup").want(200).object()["needed"]; got != true {
		t.Errorf("a new installation: needed %v", got)
	}
	body := func(token string) obj { return obj{"token": token, "username": "anna", "password": bait} }
	b.nobody().do("POST", "/api/v1/setup", body("anything")).refused(403, "setup_token")
	first, err := NewSetupToken(t.Context(), b.st)
	if err != nil {
		t.Fatal(err)
	}
	token, err := NewSetupToken(t.Context(), b.st)
	if err != nil {
		t.Fatal(err)
	}
	b.nobody().do("POST", "/api/v1/setup", body(first.Reveal())).refused(403, "setup_token")
	b.nobody().do("POST", "/api/v1/setup", obj{"token": token.Reveal(), "username": "a b", "password": "x"}).refused(422, "invalid")
	res := b.nobody().do("POST", "/api/v1/setup", body(token.Reveal())).want(201)
	pair, _, _ := strings.Cut(res.header.Get("Set-Cookie"), ";")
	if role := at[string](b.nobody().with("Cookie", pair).get("/api/v1/session").want(200), "user", "role"); role != "admin" {
		t.Errorf("the first user is %v", role)
	}
	if got := b.nobody().get("/api/v1/setup").object()["needed"]; got != false {
		t.Errorf("after the setup: needed %v", got)
	}
	b.nobody().do("POST", "/api/v1/setup", body(token.Reveal())).refused(409, "set_up_already")
}

func TestSetupTokensAreLimited(t *testing.T) {
	t.Parallel()
	b := setup(t)
	body := obj{"token": "x", "username": "anna", "password": bait}
	for range loginFailuresPerName {
		b.nobody().do("POST", "/api/v1/setup", body).refused(403, "setup_token")
	}
	b.nobody().do("POST", "/api/v1/setup", body).refused(429, "too_many_logins")
}

func TestUsers(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.admin()
	anna := a.do("POST", "/api/v1/users", obj{"name": "anna", "role": "admin", "password": bait}).want(201)
	if strings.Contains(string(anna.body), "argon") || strings.Contains(string(anna.body), bait) {
		t.Errorf("an account shows its password: %s", anna.body)
	}
	path := "/api/v1/users/" + id(number(anna))
	a.do("POST", "/api/v1/users", obj{"name": "ANNA", "role": "viewer", "password": bait}).refused(409, "conflict")
	a.do("POST", "/api/v1/users", obj{"name": "b b", "role": "viewer", "password": "short"}).refused(422, "invalid").field(t, "password", "password_length")
	a.do("PATCH", path, obj{"role": "viewer"}).refused(409, "last_admin")
	a.do("PATCH", path, obj{"disabled": true}).refused(409, "last_admin")
	a.do("POST", "/api/v1/users", obj{"name": "bert", "role": "admin", "password": bait}).want(201)
	a.do("PATCH", path, obj{"role": "viewer"}).want(200)
	a.get(path).want(200)
	a.get("/api/v1/users/77777").refused(404, "not_found")
}

func TestPasswordHash(t *testing.T) {
	t.Parallel()
	h, err := HashPassword(gam.NewSecret(bait))
	if err != nil {
		t.Fatal(err)
	}
	for password, want := range map[string]bool{bait: true, bait + "x": false, "": false} {
		if ok, err := passwordMatches(t.Context(), gam.NewSecret(password), h); err != nil || ok != want {
			t.Errorf("%q: %v, %v", password, ok, err)
		}
	}
	if ok, err := passwordMatches(t.Context(), gam.NewSecret(""), ""); ok || err != nil {
		t.Errorf("nobody's password: %v, %v", ok, err)
	}
}

func id(n int64) string { return strconv.FormatInt(n, 10) }
