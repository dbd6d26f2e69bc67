package sim

import (
	"crypto/subtle"
	"io"
	"net/http"
	"strconv"
)

// Path is where the device answers.
const Path = "/json_rpc"

// maxRequest bounds what the device reads of one request.
const maxRequest = 1 << 20

// ServeHTTP implements http.Handler: the device's web server.
func (d *Device) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	user, password, ok := r.BasicAuth()
	good := subtle.ConstantTimeCompare([]byte(user+"\x00"+password), []byte(d.opt.Username+"\x00"+d.opt.Password)) == 1
	if !ok || !good {
		w.Header().Set("WWW-Authenticate", `Basic realm="GAM"`)
		http.Error(w, "Unauthorized", http.StatusUnauthorized)
		return
	}
	if r.URL.Path != Path {
		http.NotFound(w, r)
		return
	}
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "Method Not Allowed", http.StatusMethodNotAllowed)
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxRequest))
	if err != nil {
		http.Error(w, "Request Entity Too Large", http.StatusRequestEntityTooLarge)
		return
	}
	d.serve(w, r, body)
}

func (d *Device) serve(w http.ResponseWriter, r *http.Request, body []byte) {
	req, rpcErr := decodeRequest(body)
	d.mu.Lock()
	c := d.log.begin(Call{Start: d.opt.Now(), Method: req.Method, Source: r.RemoteAddr})
	d.mu.Unlock()
	d.delay(r.Context())
	d.mu.Lock()
	var result any
	if rpcErr == nil {
		result, rpcErr = d.call(req, c)
	}
	out := answer(req.ID, result, rpcErr)
	c.Error, c.HTTP, c.End = rpcErr, http.StatusOK, d.opt.Now()
	soon := d.rebootSoon
	d.rebootSoon = false
	d.mu.Unlock()
	write(w, http.StatusOK, out)
	if soon {
		d.Reboot()
	}
}

func write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	w.Write(body) //nolint:errcheck // the client is gone; there is nobody to tell
}
