package sim_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"testing"

	"github.com/opengam/opengam/internal/sim"
)

// rpc posts a raw body as the test's own minimal client and returns status
// and body.
func rpc(t *testing.T, r *sim.Running, body string) (int, string) {
	t.Helper()
	user, password := r.Credentials()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.URL+sim.Path, bytes.NewBufferString(body))
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth(user, password)
	resp, err := client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	b, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(b)
}

// reply is an answer, taken apart.
type reply struct {
	ID     any             `json:"id"`
	Error  *sim.RPCError   `json:"error"`
	Result json.RawMessage `json:"result"`
}

// ask makes a call with parameters in JSON text.
func ask(t *testing.T, r *sim.Running, method, params string) reply {
	t.Helper()
	status, body := rpc(t, r, `{"jsonrpc":"2.0","id":1,"method":"`+method+`","params":`+params+`}`)
	if status != http.StatusOK {
		t.Fatalf("%s: HTTP %d", method, status)
	}
	var a reply
	if err := json.Unmarshal([]byte(body), &a); err != nil {
		t.Fatalf("%s: %v in %s", method, err, body)
	}
	return a
}

// must makes a call that has to succeed and returns its result.
func must(t *testing.T, r *sim.Running, method, params string) string {
	t.Helper()
	a := ask(t, r, method, params)
	if a.Error != nil {
		t.Fatalf("%s %s: %v", method, params, a.Error)
	}
	return string(a.Result)
}

// client opens a connection for each call: what a restart does to kept ones
// is not what these tests are about.
var client = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
