package ui

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

const script = "export const answer = 42"

func built(t *testing.T) handler {
	t.Helper()
	var zipped bytes.Buffer
	w := gzip.NewWriter(&zipped)
	if _, err := w.Write([]byte(script)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return handler{fstest.MapFS{
		".gitkeep":                {},
		"index.html":              {Data: []byte("<title>the page</title>")},
		"icon.svg":                {Data: []byte("<svg/>")},
		"assets/app-abc123.js":    {Data: []byte(script)},
		"assets/app-abc123.js.gz": {Data: zipped.Bytes()},
		"assets/font-1.woff2":     {Data: []byte("font")},
	}}
}

func get(t *testing.T, h http.Handler, method, path string, header ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, res *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestServesFilesAndThePage(t *testing.T) {
	h := built(t)
	tests := []struct {
		method, path      string
		status            int
		contentType       string
		cache, bodyPrefix string
	}{
		{"GET", "/", 200, "text/html; charset=utf-8", "no-store", "<title>"},
		{"GET", "/index.html", 200, "text/html; charset=utf-8", "no-store", "<title>"},
		{"GET", "/devices/7/endpoints", 200, "text/html; charset=utf-8", "no-store", "<title>"},
		{"GET", "/device.with.dots", 200, "text/html; charset=utf-8", "no-store", "<title>"},
		{"GET", "/assets", 200, "text/html; charset=utf-8", "no-store", "<title>"},
		{"GET", "/icon.svg", 200, "image/svg+xml", "public, max-age=3600", "<svg"},
		{"GET", "/assets/app-abc123.js", 200, "text/javascript; charset=utf-8", "public, max-age=31536000, immutable", script},
		{"GET", "/assets/font-1.woff2", 200, "font/woff2", "public, max-age=31536000, immutable", "font"},
		{"GET", "/assets/app-old.js", 404, "text/plain; charset=utf-8", "no-store", "404"},
		{"GET", "/assets/app-abc123.js.gz", 404, "text/plain; charset=utf-8", "no-store", "404"},
		{"GET", "/.gitkeep", 200, "text/html; charset=utf-8", "no-store", "<title>"},
		{"GET", "/../ui.go", 200, "text/html; charset=utf-8", "no-store", "<title>"},
		{"GET", "/api/v1/devises", 404, "text/plain; charset=utf-8", "", "404"},
		{"HEAD", "/", 200, "text/html; charset=utf-8", "no-store", ""},
		{"POST", "/", 405, "text/plain; charset=utf-8", "", "method"},
	}
	for _, tt := range tests {
		t.Run(tt.method+tt.path, func(t *testing.T) {
			res := get(t, h, tt.method, tt.path)
			if res.StatusCode != tt.status {
				t.Errorf("status %d, want %d", res.StatusCode, tt.status)
			}
			if got := res.Header.Get("Content-Type"); got != tt.contentType {
				t.Errorf("Content-Type %q, want %q", got, tt.contentType)
			}
			if got := res.Header.Get("Cache-Control"); got != tt.cache {
				t.Errorf("Cache-Control %q, want %q", got, tt.cache)
			}
			if got := body(t, res); !strings.HasPrefix(got, tt.bodyPrefix) || (tt.method == "HEAD" && got != "") {
				t.Errorf("body %q, want it to start with %q", got, tt.bodyPrefix)
			}
			if got := res.Header.Get("Content-Security-Policy"); !strings.Contains(got, "default-src 'self'") {
				t.Errorf("Content-Security-Policy %q lets pages load from elsewhere", got)
			}
		})
	}
}

func TestSendsCompressedWhereAccepted(t *testing.T) {
	h := built(t)
	for accept, want := range map[string]string{
		"gzip, deflate, br": "gzip",
		"br;q=1, GZIP;q=.5": "gzip",
		"":                  "",
		"br":                "",
		"gzip;q=0":          "",
		"gzip; q=0.0, br":   "",
	} {
		res := get(t, h, "GET", "/assets/app-abc123.js", "Accept-Encoding", accept)
		if got := res.Header.Get("Content-Encoding"); got != want {
			t.Errorf("Accept-Encoding %q: Content-Encoding %q, want %q", accept, got, want)
			continue
		}
		if got := res.Header.Get("Vary"); got != "Accept-Encoding" {
			t.Errorf("Accept-Encoding %q: Vary %q", accept, got)
		}
		in := io.Reader(res.Body)
		if want == "gzip" {
			z, err := gzip.NewReader(res.Body)
			if err != nil {
				t.Fatalf("Accept-Encoding %q: %v", accept, err)
			}
			in = z
		}
		if got, err := io.ReadAll(in); err != nil || string(got) != script {
			t.Errorf("Accept-Encoding %q: got %q, %v", accept, got, err)
		}
	}
	// A file without a compressed double comes as it is.
	if got := get(t, h, "GET", "/icon.svg", "Accept-Encoding", "gzip").Header.Get("Content-Encoding"); got != "" {
		t.Errorf("icon.svg: Content-Encoding %q", got)
	}
}

func TestSaysWhenNotBuilt(t *testing.T) {
	h := handler{fstest.MapFS{".gitkeep": {}}}
	res := get(t, h, "GET", "/devices")
	if res.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("status %d, want 503", res.StatusCode)
	}
	if got := body(t, res); !strings.Contains(got, "npm --prefix ui") || !strings.Contains(got, "/docs") {
		t.Errorf("the page does not say how to build the application: %q", got)
	}
}

func TestEmbeddedAnswers(t *testing.T) {
	want := http.StatusOK
	if !Built() {
		want = http.StatusServiceUnavailable
	}
	if res := get(t, Handler(), "GET", "/"); res.StatusCode != want {
		t.Errorf("status %d, want %d (built: %v)", res.StatusCode, want, Built())
	}
}
