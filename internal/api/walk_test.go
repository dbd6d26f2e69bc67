package api

import (
	"net/http"
	"strings"
	"testing"

	"github.com/opengam/opengam/internal/store"
)

// sender is one kind of sender in the walk.
type sender struct {
	name string
	role store.Role // "" for nobody
	as   *as
	csrf bool // came by cookie and sends the CSRF token
	bare bool // came by cookie and does not
}

// Every route of the document, for every kind of sender, lets through whom its
// table line names and nobody else.
func TestRoutesByRole(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.user("anna", store.Admin, bait)
	signIn := func() *as { s, csrf := b.login("anna", bait); return s.with(csrfHeader, csrf) }
	admin := signIn()

	doc := readSpec(t)
	walked := 0
	for path, ops := range doc.Paths {
		for method, op := range ops {
			method = strings.ToUpper(method)
			if path == "/api/v1/events" {
				continue // a stream; TestEventsNeedRights
			}
			senders := []sender{
				{name: "nobody", as: b.nobody()},
				{name: "bad token", as: b.nobody().with("Authorization", "Bearer ogam_wrong")},
				{name: "basic", as: b.nobody().with("Authorization", "Basic YTpi")},
				{name: "bad cookie", as: b.nobody().with("Cookie", "opengam_session=wrong")},
			}
			for r := range b.tokens {
				senders = append(senders, sender{name: "token " + string(r), role: r, as: b.role(r)})
			}
			if op.Access != string(Public) {
				senders = append(senders,
					sender{name: "cookie", role: store.Admin, as: admin, csrf: true},
					sender{name: "cookie without CSRF", role: store.Admin, as: &as{b, http.Header{"Cookie": admin.header["Cookie"]}}, bare: true},
				)
			}
			for _, s := range senders {
				walked++
				res := s.as.do(method, fillPath(path), walkBody(op))
				got := verdict(res)
				want := wantVerdict(op.Access, method, s)
				if got != want {
					t.Errorf("%s %s (%s) by %s: %s (%d %s), want %s", method, path, op.Access, s.name, got, res.status, res.body, want)
				}
				if s.csrf && path == "/api/v1/session" && method == http.MethodDelete {
					admin = signIn() // it was signed out
					break
				}
			}
		}
	}
	if walked < 500 {
		t.Errorf("only %d combinations were walked", walked)
	}
	if got := b.log.String(); strings.Contains(got, bait) {
		t.Error("the password is in the log")
	}
}

// fillPath puts things that do not exist into a path.
func fillPath(path string) string {
	return strings.NewReplacer("{id}", "999999", "{mac}", "00:0E:D8:FF:FF:FF", "{number}", "1").Replace(path)
}

func walkBody(op documentOperation) any {
	if op.RequestBody == nil {
		return nil
	}
	return "{}"
}

// verdict says whether a request came through to its handler.
func verdict(r *answerOf) string {
	switch {
	case r.status == http.StatusUnauthorized && strings.Contains(string(r.body), `"unauthenticated"`):
		return "unknown"
	case r.status == http.StatusForbidden && strings.Contains(string(r.body), `"csrf"`):
		return "csrf"
	case r.status == http.StatusForbidden && strings.Contains(string(r.body), `"forbidden"`):
		return "forbidden"
	}
	return "through"
}

func wantVerdict(access, method string, s sender) string {
	switch {
	case access == string(Public):
		return "through"
	case s.role == "":
		return "unknown"
	case !s.role.AtLeast(store.Role(access)):
		return "forbidden"
	case s.bare && !safe(method):
		return "csrf"
	}
	return "through"
}

// The table of routes, said a second time by hand: what may be done without a
// login, and what takes an admin, changes by decision only.
func TestAccessTable(t *testing.T) {
	t.Parallel()
	want := map[string]Access{
		"GET /healthz": Public, "GET /readyz": Public, "GET /openapi.json": Viewer,
		"POST /api/v1/session": Public, "GET /api/v1/setup": Public, "POST /api/v1/setup": Public,
		"GET /api/v1/users": Admin, "POST /api/v1/users": Admin, "GET /api/v1/users/{id}": Admin, "PATCH /api/v1/users/{id}": Admin,
		"GET /api/v1/tokens": Admin, "POST /api/v1/tokens": Admin, "DELETE /api/v1/tokens/{id}": Admin,
		"PATCH /api/v1/settings": Admin, "GET /api/v1/audit-events": Admin,
		"POST /api/v1/subscribers": Operator, "POST /api/v1/subscribers:import": Operator, "GET /api/v1/subscribers:export": Viewer, "POST /api/v1/devices/{id}/apply": Operator, "POST /api/v1/devices/{id}/reboot": Operator,
		"PATCH /api/v1/devices/{id}/ports/{number}": Operator, "POST /api/v1/devices/{id}/ports/{number}/reset-counters": Technician,
		"POST /api/v1/endpoints/{mac}/upgrade": Operator, "POST /api/v1/endpoints/{mac}/diagnose": Technician,
		"POST /api/v1/endpoints/{mac}/reboot": Technician, "POST /api/v1/subscribers/{id}/replace-endpoint": Technician,
		"GET /api/v1/devices": Viewer, "GET /api/v1/events": Viewer,
	}
	seen := 0
	for path, ops := range readSpec(t).Paths {
		for method, op := range ops {
			line := strings.ToUpper(method) + " " + path
			a, listed := want[line]
			switch {
			case listed:
				seen++
				if op.Access != string(a) {
					t.Errorf("%s is for %s, want %s", line, op.Access, a)
				}
			case op.Access == string(Public):
				t.Errorf("%s is public", line)
			case method != "get" && op.Access == string(Viewer) && !strings.HasPrefix(path, "/api/v1/session"):
				t.Errorf("%s changes something and is for viewers", line)
			}
		}
	}
	if seen != len(want) {
		t.Errorf("%d of %d listed routes exist", seen, len(want))
	}
}
