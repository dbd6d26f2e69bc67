package api

import (
	"embed"
	"io"
	"net/http"
	"path"
)

// docsFiles is Swagger UI (Apache-2.0, see docs/LICENSE), so that the
// document can be read without the Internet. The two large files are kept
// compressed, as browsers take them.
//
//go:embed docs
var docsFiles embed.FS

// docsTypes is every file that is served, with its type.
var docsTypes = map[string]string{
	"swagger-ui.css":       "text/css; charset=utf-8",
	"swagger-ui-bundle.js": "text/javascript; charset=utf-8",
	"start.js":             "text/javascript; charset=utf-8",
	"favicon-32x32.png":    "image/png",
}

// docsRoutes serves the reader of /openapi.json. These are static files; the
// document itself asks for a login.
func (s *server) docsRoutes(mux *http.ServeMux) {
	mux.HandleFunc("GET /docs", func(w http.ResponseWriter, r *http.Request) {
		s.docsFile(w, r, "index.html", "text/html; charset=utf-8")
	})
	mux.HandleFunc("GET /docs/{file}", func(w http.ResponseWriter, r *http.Request) {
		name := r.PathValue("file")
		kind, ok := docsTypes[name]
		if !ok {
			s.notFound(w, r)
			return
		}
		s.docsFile(w, r, name, kind)
	})
}

func (s *server) docsFile(w http.ResponseWriter, r *http.Request, name, kind string) {
	h := w.Header()
	f, err := docsFiles.Open(path.Join("docs", name))
	if err != nil {
		// Every browser takes gzip; whoever does not can read openapi.json.
		if f, err = docsFiles.Open(path.Join("docs", name+".gz")); err != nil {
			s.notFound(w, r)
			return
		}
		h.Set("Content-Encoding", "gzip")
	}
	defer func() { _ = f.Close() }()
	h.Set("Content-Type", kind)
	h.Set("Cache-Control", "public, max-age=3600")
	_, _ = io.Copy(w, f)
}
