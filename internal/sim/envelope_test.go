package sim_test

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/opengam/opengam/internal/sim"
)

func TestEnvelope(t *testing.T) {
	r := sim.StartDevice(t, sim.Options{})
	for _, tt := range []struct {
		body string
		code int
		id   any
	}{
		{`{`, -32700, nil},
		{``, -32700, nil},
		{"\x00\xff", -32700, nil},
		{`{"id":1,"method":"x","params":[]} trailing`, -32700, nil},
		{`[]`, -32600, nil},
		{`[{"id":1,"method":"x","params":[]}]`, -32600, nil},
		{`"x"`, -32600, nil},
		{`null`, -32600, nil},
		{`{"method":"x","params":[]}`, -32600, nil},
		{`{"id":null,"method":"x","params":[]}`, -32600, nil},
		{`{"id":{},"method":"x","params":[]}`, -32600, nil},
		{`{"id":1,"params":[]}`, -32600, 1.0},
		{`{"id":1,"method":7,"params":[]}`, -32600, 1.0},
		{`{"id":"a","method":"","params":[]}`, -32600, "a"},
		{`{"id":1,"jsonrpc":"1.0","method":"x","params":[]}`, -32600, 1.0},
		{`{"id":1,"method":"x"}`, -32602, 1.0},
		{`{"id":1,"method":"x","params":{}}`, -32602, 1.0},
		{`{"id":1,"method":"x","params":null}`, -32602, 1.0},
		{`{"id":1,"method":"x","params":[]}`, -32601, 1.0},
		{`{"id":"é-7","method":"GhnAgent.config.global.get","params":[]}`, -32601, "é-7"},
	} {
		status, body := rpc(t, r, tt.body)
		var a reply
		if err := json.Unmarshal([]byte(body), &a); err != nil {
			t.Errorf("%q: %v in %s", tt.body, err, body)
			continue
		}
		if status != http.StatusOK || a.Error == nil || a.Error.Code != tt.code || a.ID != tt.id || string(a.Result) != "null" {
			t.Errorf("%q: HTTP %d %s; want code %d and id %v", tt.body, status, body, tt.code, tt.id)
		}
	}
}

func TestWebServer(t *testing.T) {
	r := sim.StartDevice(t, sim.Options{Username: "admin", Password: "s3cret", HTTPS: true})
	call := `{"id":1,"method":"ghnAgent.config.global.get","params":[]}`
	for _, tt := range []struct {
		what, method, path, user, password, body string
		status                                   int
	}{
		{"right", "POST", "/json_rpc", "admin", "s3cret", call, 200},
		{"wrong password", "POST", "/json_rpc", "admin", "", call, 401},
		{"wrong user", "POST", "/json_rpc", "root", "s3cret", call, 401},
		{"no credentials", "POST", "/json_rpc", "", "", call, 401},
		{"GET", "GET", "/json_rpc", "admin", "s3cret", "", 405},
		{"another path", "POST", "/", "admin", "s3cret", call, 404},
		{"too large", "POST", "/json_rpc", "admin", "s3cret", strings.Repeat(" ", 2<<20), 413},
	} {
		req, err := http.NewRequestWithContext(t.Context(), tt.method, r.URL+tt.path, strings.NewReader(tt.body))
		if err != nil {
			t.Fatal(err)
		}
		if tt.user != "" {
			req.SetBasicAuth(tt.user, tt.password)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatalf("%s: %v", tt.what, err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != tt.status {
			t.Errorf("%s: HTTP %d, want %d", tt.what, resp.StatusCode, tt.status)
		}
		if tt.status == 401 && resp.Header.Get("WWW-Authenticate") == "" {
			t.Errorf("%s: 401 without WWW-Authenticate", tt.what)
		}
		if strings.Contains(string(body), "s3cret") {
			t.Errorf("%s: the password is in the answer", tt.what)
		}
	}
}
