package jsonrpc

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
)

func TestAnswers(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body, want string
		cause            Cause
	}{
		{"number id", `{"id":1,"error":null,"result":[1]}`, `[1]`, ""},
		{"text id", `{"id":"1","error":null,"result":[1]}`, `[1]`, ""},
		{"id as a fraction", `{"id":1.0,"error":null,"result":2}`, `2`, ""},
		{"no id", `{"error":null,"result":2}`, `2`, ""},
		{"null result", `{"id":1,"error":null,"result":null}`, ``, ""},
		{"no result, no error", `{"id":1,"error":null}`, ``, ""},
		{"error member missing", `{"id":1,"result":true}`, `true`, ""},
		{"byte order mark", "\xef\xbb\xbf{\"id\":1,\"error\":null,\"result\":3}\n", `3`, ""},
		{"another id", `{"id":99,"error":null,"result":2}`, "", NotJSON},
		{"a web page", `<!DOCTYPE html><title>Printer</title>`, "", NotJSON},
		{"an array", `[1,2,3]`, "", NotJSON},
		{"an object of another kind", `{"status":"ok"}`, "", NotJSON},
		{"nothing", ``, "", Truncated},
		{"half", `{"id":1,"error":null,"result":[{"key":"G.hn 1/`, "", Truncated},
		{"garbage", "\x00\x01\x02\xff\xfe", "", NotJSON},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := setup(t, says(tt.body))
			got, err := c.Call(t.Context(), Call{Method: "m", Read: true})
			if causeOf(err) != tt.cause || (tt.cause == "" && err != nil) {
				t.Fatalf("error %v, want cause %q", err, tt.cause)
			}
			if string(got) != tt.want {
				t.Errorf("result %s, want %s", got, tt.want)
			}
		})
	}
}

func TestErrorObjects(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, body string
		code       int
		message    string
		data       bool
		status     int
	}{
		{"vendor", `{"id":1,"result":null,"error":{"code":-32603,"message":"Invalid","data":{"x":1}}}`, -32603, "Invalid", true, 200},
		{"no data", `{"id":1,"error":{"code":-32601,"message":"Method not found"}}`, -32601, "Method not found", false, 200},
		{"null data", `{"id":1,"error":{"code":-32601,"message":"m","data":null}}`, -32601, "m", false, 200},
		{"code as text", `{"id":1,"error":{"code":"-32602","message":"m"}}`, -32602, "m", false, 200},
		{"a text instead", `{"id":1,"error":"broken"}`, 0, `broken`, false, 200},
		{"false instead", `{"id":1,"error":false,"result":1}`, 0, `false`, false, 200},
		{"with status 500", `{"id":1,"error":{"code":-32603,"message":"m"}}`, -32603, "m", false, 500},
		{"control characters", `{"id":1,"error":{"code":-1,"message":"a\u0000b\u001b[31mc"}}`, -1, "ab[31mc…", false, 200},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := setup(t, func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				w.WriteHeader(tt.status)
				_, _ = io.WriteString(w, tt.body)
			})
			_, err := c.Call(t.Context(), Call{Method: "m"})
			var rpc *RPCError
			if !errors.As(err, &rpc) {
				t.Fatalf("error %v, want an RPCError", err)
			}
			if rpc.Code != tt.code || rpc.Message != tt.message || (rpc.Data != nil) != tt.data {
				t.Errorf("got %+v (data %s), want code %d, message %q, data %v", rpc, rpc.Data, tt.code, tt.message, tt.data)
			}
		})
	}
}

func TestStatusesAndRedirects(t *testing.T) {
	t.Parallel()
	for _, status := range []int{401, 403, 404, 500, 503} {
		c := setup(t, func(w http.ResponseWriter, r *http.Request) {
			http.Error(w, "login was "+r.Header.Get("Authorization")+" "+bait, status)
		})
		_, err := c.Call(t.Context(), Call{Method: "m"})
		var e *Error
		if !errors.As(err, &e) || e.Cause != HTTPStatus || e.Status != status {
			t.Errorf("status %d: got %v", status, err)
		}
	}
	var followed atomic.Bool
	other := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { followed.Store(true) }))
	defer other.Close()
	c := setup(t, func(w http.ResponseWriter, r *http.Request) {
		http.Redirect(w, r, other.URL+"/elsewhere?pw="+bait, http.StatusTemporaryRedirect)
	})
	_, err := c.Call(t.Context(), Call{Method: "m", Read: true})
	var e *Error
	if !errors.As(err, &e) || e.Status != http.StatusTemporaryRedirect || !strings.HasPrefix(e.Location, other.URL) {
		t.Errorf("redirect: got %v", err)
	}
	if followed.Load() {
		t.Error("the login was carried to another server")
	}
	if strings.Contains(err.Error(), bait) {
		t.Errorf("the password is in %q", err)
	}
}

func TestTooLargeAndOwnLimit(t *testing.T) {
	t.Parallel()
	body := `{"id":1,"error":null,"result":"` + strings.Repeat("x", 2000) + `"}`
	c := setup(t, says(body), func(o *Options) { o.MaxResponse = 1000 })
	if _, err := c.Call(t.Context(), Call{Method: "m"}); causeOf(err) != TooLarge {
		t.Errorf("error %v, want too large", err)
	}
	c = setup(t, says(body), func(o *Options) { o.MaxResponse = 1000 })
	if _, err := c.Call(t.Context(), Call{Method: "m", MaxResponse: 4000}); err != nil {
		t.Errorf("a call with a larger limit of its own: %v", err)
	}
}

func TestBrokenInTheMiddle(t *testing.T) {
	t.Parallel()
	c := setup(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "5000")
		_, _ = io.WriteString(w, `{"id":1,"result":[`)
		panic(http.ErrAbortHandler)
	})
	if _, err := c.Call(t.Context(), Call{Method: "m"}); causeOf(err) != Broken {
		t.Errorf("error %v, want broken", err)
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for _, u := range []string{
		"", "gam.example", "ftp://gam.example", "http://", "http://admin:" + bait + "@gam.example", "http://admin:" + bait + "@gam example\x00",
		"http://[::1", "://",
	} {
		_, err := New(Options{URL: u})
		if err == nil {
			t.Errorf("URL %q was taken", u)
			continue
		}
		if strings.Contains(err.Error(), bait) {
			t.Errorf("URL %q: the password is in %q", u, err)
		}
	}
}

func TestPasswordNeverComesOut(t *testing.T) {
	t.Parallel()
	handlers := map[string]http.HandlerFunc{
		"page": func(w http.ResponseWriter, r *http.Request) {
			_, _ = fmt.Fprintf(w, "you are %s, %s", r.Header.Get("Authorization"), bait)
		},
		"error": func(w http.ResponseWriter, r *http.Request) {
			_, _ = fmt.Fprintf(w, `{"error":{"code":1,"message":"bad %s %s","data":{"pw":"%s"}}}`, bait, r.Header.Get("Authorization"), bait)
		},
		"id": says(`{"id":"` + bait + `","result":1}`),
		"status": func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(http.StatusInternalServerError)
			_, _ = io.WriteString(w, bait)
		},
	}
	for name, h := range handlers {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := setup(t, h).Call(t.Context(), Call{Method: "m", Params: []any{bait}})
			if err == nil {
				t.Fatal("no error to look at")
			}
			out := fmt.Sprintf("%v %+v %#v", err, err, err)
			for e := err; e != nil; e = errors.Unwrap(e) {
				out += fmt.Sprintf(" %v %#v", e, e)
			}
			var rpc *RPCError
			if errors.As(err, &rpc) {
				out += string(rpc.Data)
			}
			for _, secret := range []string{bait, "YWRtaW46czNjcjN0LUJhaXQtUHc="} {
				if strings.Contains(out, secret) {
					t.Errorf("%q is in %s", secret, out)
				}
			}
		})
	}
}
