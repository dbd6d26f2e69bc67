package api

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

func TestBadInput(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.admin()
	const path = "/api/v1/plans"
	for _, body := range []string{`{`, `nonsense`, `{"name":"x"} trailing`, `{"name":"x","name":"y"}`, `{"name":"x","NAME":"y"}`, "\xff\xfe", `{"name":"x",}`} {
		a.do("POST", path, body).refused(400, "bad_json")
	}
	a.do("POST", path, `[]`).refused(422, "invalid")
	a.do("POST", path, `null`).refused(422, "invalid")
	a.do("POST", path, nil).refused(400, "bad_request")
	a.do("POST", path, `{"name":7}`).refused(422, "invalid").field(t, "name", "invalid")
	a.do("POST", path, `{"name":"x","downstream_mbps":1e400}`).want(400)
	a.do("POST", path, `{"name":"x","downstream_mbps":99999999999999999999}`).want(400)
	a.do("POST", path, `{"name":"`+strings.Repeat("x", maxBody)+`"}`).refused(413, "too_large")
	a.do("POST", path, strings.Repeat(`[`, 20_000)).refused(400, "bad_json")
	a.with("Content-Type", "text/plain").do("POST", path, `{"name":"x"}`).refused(415, "unsupported_media_type")
	a.with("Content-Type", "application/x-www-form-urlencoded").do("POST", path, `name=x`).refused(415, "unsupported_media_type")
	if p := a.do("POST", path, obj{"name": "NUL\x00and\u202etricks"}); p.status >= 500 {
		t.Errorf("control characters in a name: %d %s", p.status, p.body)
	}

	a.get("/api/v1/nothing").refused(404, "not_found")
	res := a.do("PUT", path, `{}`)
	if res.refused(405, "method_not_allowed"); res.header.Get("Allow") != "GET, POST" {
		t.Errorf("Allow: %q", res.header.Get("Allow"))
	}
	a.do("DELETE", "/healthz", nil).refused(405, "method_not_allowed")
}

func TestUnknownParameters(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.admin()
	walked := 0
	for path, ops := range readSpec(t).Paths {
		op, ok := ops["get"]
		if !ok || !slices.ContainsFunc(op.Parameters, func(p documentParameter) bool { return p.Name == "limit" }) {
			continue
		}
		walked++
		path = fillPath(path)
		a.get(path+"?colour=red").refused(422, "invalid").field(t, "colour", "unknown_parameter")
		a.get(path+"?limit=501").refused(422, "invalid").field(t, "limit", "invalid")
		a.get(path+"?limit=x").refused(422, "invalid").field(t, "limit", "invalid")
		if !slices.ContainsFunc(op.Parameters, func(p documentParameter) bool { return p.Name == "sort" }) || strings.Contains(path, "999999") {
			continue
		}
		a.get(path + "?sort=colour").want(422)
		a.get(path + "?cursor=%00nonsense").want(422)
		a.get(path + "?sort=-").want(422)
	}
	if walked < 10 {
		t.Errorf("only %d lists were walked", walked)
	}
}

// Every declared filter is one that the list really has.
func TestDeclaredFiltersWork(t *testing.T) {
	t.Parallel()
	b := setup(t)
	b.device("gam-1")
	for path, ops := range readSpec(t).Paths {
		op, ok := ops["get"]
		if !ok || path == "/api/v1/events" {
			continue
		}
		for _, p := range op.Parameters {
			value := "1"
			switch {
			case p.In != "query" || p.Name == "cursor" || p.Name == "sort":
				continue
			case strings.HasSuffix(p.Name, "_after"), strings.HasSuffix(p.Name, "_before"):
				value = "2026-01-31T12:00:00Z"
			case slices.Contains([]string{"configured", "firmware_mismatch", "unsaved", "disabled", "links", "fresh"}, p.Name):
				value = "true"
			case p.Name == "mac_address" || p.Name == "endpoint_mac":
				value = mac.String()
			}
			if strings.Contains(path, "search") && p.Name == "limit" {
				continue // needs q beside it
			}
			res := b.admin().get(strings.ReplaceAll(fillPath(path), "999999", "1") + "?" + p.Name + "=" + value)
			if res.status != 200 && res.status != 404 {
				t.Errorf("%s: %d %s", res.what, res.status, res.body)
			}
		}
	}
}

// A thousand rows come in pages, each once, in order, while the total stands.
func TestPages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const rows = 1000
	err := b.st.Tx(t.Context(), func(ctx context.Context, tx *store.Tx) error {
		for i := range rows {
			site := gam.Site{Name: fmt.Sprintf("site %04d", i)}
			if err := tx.AddSite(ctx, &site); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		query string
		down  bool
		pages int
	}{{"limit=300&sort=name", false, 4}, {"limit=500&sort=-name", true, 2}, {"sort=name&limit=64", false, 16}} {
		var names []string
		pages, cursor := 0, ""
		for {
			var l List[Site]
			b.admin().get("/api/v1/sites?" + c.query + cursor).want(200).into(&l)
			pages++
			if l.Total != rows {
				t.Fatalf("total %d, want %d", l.Total, rows)
			}
			for _, s := range l.Items {
				names = append(names, s.Name)
			}
			if l.Next == nil {
				break
			}
			cursor = "&cursor=" + *l.Next
		}
		if c.down {
			slices.Reverse(names)
		}
		if pages != c.pages || len(names) != rows || !slices.IsSorted(names) || len(slices.Compact(names)) != rows {
			t.Errorf("%s: %d pages, %d names", c.query, pages, len(names))
		}
	}
	var l List[Site]
	b.admin().get("/api/v1/sites").want(200).into(&l)
	if len(l.Items) != 50 {
		t.Errorf("a page without a limit has %d items, want 50", len(l.Items))
	}
	b.admin().get("/api/v1/sites?q=0999&limit=1").want(200).into(&l)
	if l.Total != 1 || l.Next != nil {
		t.Errorf("q=0999: %+v", l)
	}
}

func TestIdempotencyKey(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.admin().with("Idempotency-Key", "order-1")
	body := obj{"name": "Gold", "downstream_mbps": 100}
	first := a.do("POST", "/api/v1/plans", body).want(201)
	again := a.do("POST", "/api/v1/plans", body).want(201)
	if string(first.body) != string(again.body) || first.header.Get("ETag") != again.header.Get("ETag") || again.header.Get("Content-Type") != first.header.Get("Content-Type") {
		t.Errorf("the same key answers\n%s%v\nthen\n%s%v", first.body, first.header, again.body, again.header)
	}
	if again.header.Get("Idempotent-Replayed") != "true" || first.header.Get("Idempotent-Replayed") != "" {
		t.Error("Idempotent-Replayed is not on the repeated answer alone")
	}
	a.do("POST", "/api/v1/plans", obj{"name": "Silver"}).refused(422, "idempotency_key_reused")
	a.do("POST", "/api/v1/sites", body).refused(422, "idempotency_key_reused")
	// Another sender's key is another key, and a refusal uses none up.
	op := b.role(store.Operator).with("Idempotency-Key", "order-1")
	op.do("POST", "/api/v1/plans", obj{"name": "Gold"}).refused(422, "invalid")
	op.do("POST", "/api/v1/plans", obj{"name": "Silver"}).want(201)
	b.role(store.Viewer).with("Idempotency-Key", "order-1").do("POST", "/api/v1/plans", body).refused(403, "forbidden")
	a.with("Idempotency-Key", strings.Repeat("x", 201)).do("POST", "/api/v1/plans", body).refused(422, "idempotency_key")
	var l List[Plan]
	b.admin().get("/api/v1/plans").want(200).into(&l)
	if l.Total != 2 {
		t.Errorf("%d plans were made, want 2", l.Total)
	}
	// 202 with a body, 200 without a request body.
	dev := b.device("gam-1")
	path := "/api/v1/devices/" + id(int64(dev)) + "/reboot"
	k := b.admin().with("Idempotency-Key", "reboot-1")
	k.do("POST", path, nil).want(202)
	k.do("POST", path, nil).want(202)
	if n := len(b.live.calls); n != 1 {
		t.Errorf("the device was restarted %d times", n)
	}
	text := k.with("Idempotency-Key", "t").do("POST", "/api/v1/tokens", obj{"name": "ci", "role": "viewer"}).want(201)
	if other := k.with("Idempotency-Key", "t").do("POST", "/api/v1/tokens", obj{"name": "ci", "role": "viewer"}).want(201); string(other.body) != string(text.body) {
		t.Error("a repeated token is another token")
	}
}

func TestHeadersHealthAndDocs(t *testing.T) {
	t.Parallel()
	b := setup(t)
	res := b.nobody().get("/healthz").want(200)
	for k, want := range map[string]string{
		"X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY", "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
	} {
		if got := res.header.Get(k); got != want {
			t.Errorf("%s: %q, want %q", k, got, want)
		}
	}
	csp := res.header.Get("Content-Security-Policy")
	if !strings.Contains(csp, "default-src 'self'") || !strings.Contains(csp, "frame-ancestors 'none'") || strings.Contains(csp, "unsafe-eval") {
		t.Errorf("Content-Security-Policy: %q", csp)
	}
	ready := at[obj](b.nobody().get("/readyz").want(200), "checks")
	for _, check := range []string{"database", "migrations", "jobs", "extra"} {
		if ready[check] != "ok" {
			t.Errorf("readyz: %s is %v", check, ready[check])
		}
	}
	if got := b.nobody().with("X-Request-Id", "proxy-12345678").get("/healthz").header.Get("X-Request-Id"); got != "proxy-12345678" {
		t.Errorf("a proxy's request id becomes %q", got)
	}
	if got := b.nobody().with("X-Request-Id", "x y").get("/healthz").header.Get("X-Request-Id"); got == "x y" || len(got) < 8 {
		t.Errorf("an odd request id becomes %q", got)
	}
	for path, kind := range map[string]string{"/docs": "text/html", "/docs/swagger-ui-bundle.js": "text/javascript", "/docs/swagger-ui.css": "text/css", "/docs/start.js": "text/javascript"} {
		res := b.nobody().get(path).want(200)
		if !strings.HasPrefix(res.header.Get("Content-Type"), kind) || len(res.body) < 200 {
			t.Errorf("%s: %s, %d bytes", path, res.header.Get("Content-Type"), len(res.body))
		}
		if path == "/docs" && strings.Contains(string(res.body), "://") {
			t.Errorf("the docs page names another site:\n%s", res.body)
		}
	}
	b.nobody().get("/docs/LICENSE.exe").refused(404, "not_found")
	b.nobody().get("/openapi.json").refused(401, "unauthenticated")
	if v := b.role(store.Viewer).get("/openapi.json").want(200).object()["openapi"]; v != "3.1.0" {
		t.Errorf("openapi.json is of version %v", v)
	}
	if err := b.st.Close(); err != nil {
		t.Fatal(err)
	}
	b.nobody().get("/readyz").want(503)
	b.nobody().with("Cookie", "opengam_session=x").get("/api/v1/devices").refused(500, "internal")
	if p := b.admin().get("/api/v1/devices").refused(500, "internal"); strings.Contains(p.Detail, "sql") {
		t.Errorf("a closed database: %q", p.Detail)
	}
	b.nobody().get("/healthz").want(200)
}

func TestPanicIsAProblem(t *testing.T) {
	t.Parallel()
	b := setup(t)
	dev := b.device("gam-1")
	b.live.err = nil
	b.live.boom = true
	b.admin().do("POST", "/api/v1/devices/"+id(int64(dev))+"/save", nil).refused(500, "internal")
	if log := b.log.String(); !strings.Contains(log, "panic in a request") || !strings.Contains(log, "boom") {
		t.Errorf("the panic is not in the log")
	}
	b.admin().get("/api/v1/devices").want(200)
}
