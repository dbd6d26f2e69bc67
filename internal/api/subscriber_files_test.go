package api

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/roster"
	"github.com/opengam/opengam/internal/store"
)

const importPath = "/api/v1/subscribers:import"

// send posts a file as text/csv.
func (a *as) send(query, text string) *answerOf {
	a.t.Helper()
	return a.with("Content-Type", "text/csv").do("POST", importPath+query, text)
}

func TestImportAndExport(t *testing.T) {
	b := setup(t)
	op := b.role(store.Operator)
	d, err := b.orders.AddDevice(t.Context(), "t", gam.Device{Name: "tower", Address: "192.0.2.1"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := b.orders.CreatePlan(t.Context(), "t", gam.Plan{Name: "gold"}); err != nil {
		t.Fatal(err)
	}
	file := "name,device,endpoint_mac,plan,notes\n=Anna,tower,000ed8200001,gold,\"a,\"\"b\"\"\"\nBert,tower,000ed8200002,gold,\n"
	counts := func(r *answerOf) string {
		var v ImportResult
		r.want(200).into(&v)
		if v.Errors == nil {
			t.Errorf("errors is null in %s", r.body)
		}
		return fmt.Sprint(v.DryRun, v.Applied, v.Total, v.Created, v.Updated, v.Unchanged, v.Failed, v.ErrorCount)
	}
	same := func(what, got, want string) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	same("by default", counts(op.send("", file)), "true false 2 2 0 0 0 0")
	if n := at[float64](op.get("/api/v1/subscribers").want(200), "total"); n != 0 {
		t.Fatalf("a dry run made %v subscribers", n)
	}
	same("import", counts(op.send("?dry_run=false", file)), "false true 2 2 0 0 0 0")
	same("again", counts(op.send("?dry_run=false", file)), "false false 2 0 0 0 2 2")

	res := b.role(store.Viewer).get("/api/v1/subscribers:export?device_id=" + fmt.Sprint(d.ID) + "&sort=-name").want(200)
	if ct := res.header.Get("Content-Type"); ct != "text/csv; charset=utf-8" {
		t.Errorf("Content-Type %q", ct)
	}
	if cd := res.header.Get("Content-Disposition"); !strings.HasPrefix(cd, `attachment; filename="subscribers-2`) {
		t.Errorf("Content-Disposition %q", cd)
	}
	rows, err := csv.NewReader(bytes.NewReader(res.body)).ReadAll()
	if err != nil || len(rows) != 3 {
		t.Fatalf("%v: %q", err, res.body)
	}
	if strings.Join(rows[0], ",") != "id,name,description,device,port,endpoint_mac,plan,vlan_id,tagging,remapped_vlan_id,port2_vlan_id,allowed_vlans,trunk,outer_vlan_id,nni,poe,status,device_name,customer_id,notes" {
		t.Errorf("header %v", rows[0])
	}
	if rows[1][1] != "Bert" || rows[2][1] != "'=Anna" || rows[2][19] != `a,"b"` || rows[2][3] != "tower" {
		t.Errorf("rows %q", rows[1:])
	}
	same("what was exported", counts(op.send("?dry_run=false", string(res.body))), "false true 2 0 0 2 0 0")
	res = b.role(store.Viewer).get("/api/v1/subscribers:export?q=bert&status=active&bom=true").want(200)
	if !bytes.HasPrefix(res.body, []byte("\xef\xbb\xbfid,")) || bytes.Count(res.body, []byte("\n")) != 2 {
		t.Errorf("filtered: %q", res.body)
	}
	b.role(store.Viewer).get("/api/v1/subscribers:export?sort=colour").refused(422, "invalid")
	b.role(store.Viewer).get("/api/v1/subscribers:export?limit=5").refused(422, "invalid")

	// A form does the same; the part that counts is named file.
	form := func(name string) (string, string) {
		var body bytes.Buffer
		w := multipart.NewWriter(&body)
		part, _ := w.CreateFormFile(name, "x.csv")
		_, _ = part.Write([]byte(file))
		_ = w.Close()
		return w.FormDataContentType(), body.String()
	}
	ct, body := form("file")
	same("form", counts(op.with("Content-Type", ct).do("POST", importPath, body)), "true false 2 0 0 0 2 2")
	ct, body = form("other")
	op.with("Content-Type", ct).do("POST", importPath, body).refused(422, "invalid").field(t, "file", "required")

	// The answer is repeated under its key, and the work is not.
	key := op.with("Idempotency-Key", "k1")
	same("first with a key", counts(key.send("?dry_run=false", "name\nCarl\n")), "false true 1 1 0 0 0 0")
	again := key.send("?dry_run=false", "name\nCarl\n")
	same("repeated", counts(again), "false true 1 1 0 0 0 0")
	if again.header.Get("Idempotent-Replayed") != "true" {
		t.Error("the import was done twice")
	}
}

func TestImportRefusesHostileFiles(t *testing.T) {
	b := setup(t)
	op := b.role(store.Operator)
	wide := strings.Repeat("x,", 100_000)
	for _, c := range map[string]struct {
		file        string
		field, code string
	}{
		"empty":            {"", "file", "empty"},
		"only line ends":   {"\r\n\r\n,,\n", "file", "empty"},
		"unknown column":   {"name,password\na," + bait + "\n", "password", "unknown_column"},
		"twice":            {"name,Name\na,b\n", "name", "duplicate_column"},
		"columns":          {wide + "\n", "file", "too_many_cells"},
		"UTF-16":           {"\xff\xfen\x00a\x00", "file", "encoding"},
		"NUL in header":    {"na\x00me\na\n", "file", "nul"},
		"open quote":       {"name\na\n\"" + bait + "\nb\n", "file", "quote"},
		"no key":           {"notes\na\n", "file", "columns"},
		"too many lines":   {"name\n" + strings.Repeat("\n", 100_001), "file", "too_many_lines"},
		"larger than file": {"name\n" + strings.Repeat("\n", roster.MaxBytes), "file", "too_large"},
	} {
		op.send("?dry_run=false", c.file).refused(422, "invalid").field(t, c.field, c.code)
	}
	op.send("", strings.Repeat("x", roster.MaxBytes+formOverhead+1)).refused(http.StatusRequestEntityTooLarge, "too_large")
	op.do("POST", importPath, "{}").refused(http.StatusUnsupportedMediaType, "unsupported_media_type")
	op.with("Content-Type", "multipart/form-data; boundary=x").do("POST", importPath, "--x\r\nbroken").refused(http.StatusBadRequest, "bad_request")
	op.send("?dry_run=maybe", "name\na\n").want(422)

	lines := []string{"name,notes", "nul\x00," + bait, "big," + strings.Repeat("y", 9000), "bad\xff,", wide, "short", "\"a\"b,", "fine,"}
	var res ImportResult
	op.send("?dry_run=false", strings.Join(lines, "\n")).want(200).into(&res)
	var got []string
	for _, e := range res.Errors {
		got = append(got, fmt.Sprint(e.Line, " ", e.Code))
	}
	want := "[2 nul 3 cell_too_large 4 encoding 5 too_many_cells 6 cell_count 7 quote]"
	if fmt.Sprint(got) != want || res.Applied || res.Created != 0 || res.Failed != 6 {
		t.Errorf("%q of %+v, want %s", got, res, want)
	}
	for name, text := range map[string]string{"log": b.log.String(), "answer": fmt.Sprint(res)} {
		if strings.Contains(text, bait) {
			t.Errorf("what stood in a cell is in the %s", name)
		}
	}
	if n := at[float64](op.get("/api/v1/subscribers").want(200), "total"); n != 0 {
		t.Errorf("%v subscribers were made", n)
	}
	op.send("?dry_run=false&skip_errors=true", strings.Join(lines, "\n")).want(200).into(&res)
	if !res.Applied || res.Created != 1 || res.Failed != 6 {
		t.Errorf("skipping: %+v", res)
	}
}

// Files are held in memory, so there is one import at a time.
func TestOneImportAtATime(t *testing.T) {
	b := setup(t)
	pipe, feed := io.Pipe()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, b.url+importPath, pipe)
	if err != nil {
		t.Fatal(err)
	}
	req.Header = http.Header{"Authorization": {"Bearer " + b.tokens[store.Operator]}, "Content-Type": {"text/csv"}}
	done := make(chan int, 1)
	go func() {
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			done <- 0
			return
		}
		res.Body.Close()
		done <- res.StatusCode
	}()
	// The first is in its handler once a second is refused.
	_, _ = feed.Write([]byte("name\n"))
	deadline := time.Now().Add(10 * time.Second)
	for {
		r := b.role(store.Operator).send("", "name\na\n")
		if r.status == http.StatusServiceUnavailable {
			r.refused(http.StatusServiceUnavailable, "import_running")
			if r.header.Get("Retry-After") != "10" {
				t.Errorf("Retry-After %q", r.header.Get("Retry-After"))
			}
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("a second import was never refused")
		}
	}
	_ = feed.Close()
	if status := <-done; status != 200 {
		t.Errorf("the first import: %d", status)
	}
	b.role(store.Operator).send("", "name\na\n").want(200)
}
