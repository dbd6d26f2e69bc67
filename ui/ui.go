// Package ui embeds the built web application and serves it; nothing else.
//
// The application's sources are beside this file and are built into dist by
// "npm run build". Go builds and tests work without that: the placeholder in
// dist is enough, and the pages then say what is missing.
package ui

import (
	"bytes"
	"embed"
	"io/fs"
	"net/http"
	"path"
	"strings"
	"time"
)

//go:embed all:dist
var embedded embed.FS

// policy lets a page load nothing from elsewhere and be framed by nobody.
// Inline styles are what the component library writes; inline scripts are not
// needed and not allowed.
const policy = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; " +
	"object-src 'none'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'"

// types is complete for what the build makes, so that the answer does not
// depend on the machine's own table.
var types = map[string]string{
	".html":  "text/html; charset=utf-8",
	".js":    "text/javascript; charset=utf-8",
	".css":   "text/css; charset=utf-8",
	".svg":   "image/svg+xml",
	".png":   "image/png",
	".json":  "application/json",
	".txt":   "text/plain; charset=utf-8",
	".woff2": "font/woff2",
	".woff":  "font/woff",
}

// Handler serves the application: files under /assets/ carry a hash in their
// name and may be kept for a year, the page itself never, and every unknown
// path is the page, because the application routes by itself. Paths under
// /api/ are never the page: a program that misspells one gets a plain 404.
func Handler() http.Handler {
	dist, err := fs.Sub(embedded, "dist")
	if err != nil { // only for an invalid literal name
		return handler{embedded}
	}
	return handler{dist}
}

// Built reports whether the application was built into this binary.
func Built() bool {
	_, err := fs.Stat(embedded, "dist/index.html")
	return err == nil
}

type handler struct{ dist fs.FS }

func (h handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	head := w.Header()
	head.Set("X-Content-Type-Options", "nosniff")
	head.Set("Referrer-Policy", "same-origin")
	head.Set("Content-Security-Policy", policy)
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		head.Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	name := strings.TrimPrefix(path.Clean("/"+r.URL.Path), "/")
	isAsset := strings.HasPrefix(name, "assets/")
	switch {
	case name == "" || name == "index.html":
	case name == "api" || strings.HasPrefix(name, "api/"):
		http.NotFound(w, r)
		return
	case public(name) && h.has(name):
		if isAsset {
			head.Set("Cache-Control", "public, max-age=31536000, immutable")
		} else {
			head.Set("Cache-Control", "public, max-age=3600")
		}
		h.file(w, r, name)
		return
	case isAsset: // a page of an older version asks for a file that is gone
		head.Set("Cache-Control", "no-store")
		http.NotFound(w, r)
		return
	}
	head.Set("Cache-Control", "no-store")
	if !h.has("index.html") {
		notBuilt(w)
		return
	}
	h.file(w, r, "index.html")
}

// public keeps the placeholder and the compressed doubles from being pages of
// their own.
func public(name string) bool {
	return !strings.HasPrefix(path.Base(name), ".") && path.Ext(name) != ".gz"
}

func (h handler) has(name string) bool {
	info, err := fs.Stat(h.dist, name)
	return err == nil && info.Mode().IsRegular()
}

// file sends one file, compressed where the build made a compressed double
// and the browser takes it.
func (h handler) file(w http.ResponseWriter, r *http.Request, name string) {
	head := w.Header()
	contentType, known := types[path.Ext(name)]
	if !known {
		contentType = "application/octet-stream"
	}
	head.Set("Content-Type", contentType)
	send := name
	if h.has(name + ".gz") {
		head.Add("Vary", "Accept-Encoding")
		if acceptsGzip(r.Header.Get("Accept-Encoding")) {
			head.Set("Content-Encoding", "gzip")
			send += ".gz"
		}
	}
	body, err := fs.ReadFile(h.dist, send)
	if err != nil {
		head.Del("Content-Encoding")
		http.Error(w, "cannot read "+name, http.StatusInternalServerError)
		return
	}
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

// acceptsGzip reads an Accept-Encoding header; "gzip;q=0" is a refusal.
func acceptsGzip(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		coding, q, _ := strings.Cut(part, ";")
		if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
			q = strings.ReplaceAll(q, " ", "")
			return q != "q=0" && q != "q=0.0" && q != "q=0.00" && q != "q=0.000"
		}
	}
	return false
}

func notBuilt(w http.ResponseWriter) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(http.StatusServiceUnavailable)
	_, _ = w.Write([]byte(notBuiltPage)) // the browser has gone; nobody to tell
}

const notBuiltPage = `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>OpenGAM</title>
<body style="font: 16px/1.5 system-ui, sans-serif; max-width: 40em; margin: 4em auto; padding: 0 1em">
<h1>The web pages are not in this binary</h1>
<p>OpenGAM is running, but it was built without its web application. Build it in the source folder with</p>
<pre>make build</pre>
<p>or <code>npm --prefix ui ci &amp;&amp; npm --prefix ui run build</code> followed by <code>go build ./cmd/opengam</code>.
The API works as it is; its description is at <a href="/docs">/docs</a>.</p>
`
