package sim

import (
	"context"
	"crypto/subtle"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"time"
)

// Path is where the device answers.
const Path = "/json_rpc"

// maxRequest bounds what the device reads of one request, in bytes.
const maxRequest = 1 << 20

// ServeHTTP implements http.Handler: the device's web server.
func (d *Device) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if d.down() {
		drop(w, nil)
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
	req, rpcErr := decodeRequest(body)
	c, fault := d.arrive(req, r)
	if !d.allowed(r) || fault.Kind == FaultPassword {
		d.finish(c, http.StatusUnauthorized, nil)
		w.Header().Set("WWW-Authenticate", `Basic realm="GAM"`)
		http.Error(w, "Unauthorized", http.StatusUnauthorized)
		return
	}
	d.delay(r.Context(), c, fault.Delay)
	if d.wayIn(w, r, c, req, fault) {
		return
	}
	d.carryOut(w, r, c, req, rpcErr, fault)
}

func (d *Device) allowed(r *http.Request) bool {
	user, password, ok := r.BasicAuth()
	wantUser, want := d.Credentials()
	return ok && subtle.ConstantTimeCompare([]byte(user+"\x00"+password), []byte(wantUser+"\x00"+want)) == 1
}

// arrive writes a call into the log and chooses the fault that hits it.
func (d *Device) arrive(req request, r *http.Request) (*Call, Fault) {
	d.mu.Lock()
	defer d.mu.Unlock()
	effect := Read
	if m, ok := methods[req.Method]; ok {
		effect = m.effect
	}
	fault := d.strike(req.Method, effect)
	c := Call{Start: d.opt.Now(), Method: req.Method, Effect: effect, Source: r.RemoteAddr, Fault: fault.Kind}
	c.Params, _ = json.Marshal(req.Params)
	return d.log.begin(c), fault
}

// finish notes how a call ended. It runs before the answer is sent, so that
// the client's next call never seems to overlap this one.
func (d *Device) finish(c *Call, status int, err *RPCError) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c.HTTP, c.Error, c.End = status, err, d.opt.Now()
}

// wayIn handles the faults that keep a call from being carried out; true when
// nothing is left to do.
func (d *Device) wayIn(w http.ResponseWriter, r *http.Request, c *Call, req request, f Fault) bool {
	switch f.Kind {
	case FaultHang:
		<-r.Context().Done()
		d.gone(c)
		d.finish(c, 0, nil)
	case FaultRefuse:
		d.finish(c, 0, nil)
		drop(w, nil)
	case FaultHTTP500:
		d.finish(c, http.StatusInternalServerError, nil)
		http.Error(w, "Internal Server Error", http.StatusInternalServerError)
	case FaultNotAGAM:
		d.finish(c, http.StatusOK, nil)
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		fmt.Fprint(w, notAGAM)
	case FaultError, FaultBusy:
		err := fail(f.Code)
		if f.Kind == FaultBusy {
			err = fail(errQuery)
		}
		d.finish(c, http.StatusOK, err)
		write(w, http.StatusOK, answer(req.ID, nil, err))
	case FaultReboot:
		d.finish(c, 0, nil)
		d.Reboot()
		drop(w, nil)
	default:
		return false
	}
	return true
}

// carryOut makes the call and sends its answer, as the fault leaves it.
func (d *Device) carryOut(w http.ResponseWriter, r *http.Request, c *Call, req request, rpcErr *RPCError, f Fault) {
	d.mu.Lock()
	if d.opt.Now().Before(d.downUntil) { // it restarted while the call waited
		c.End = d.opt.Now()
		d.mu.Unlock()
		drop(w, nil)
		return
	}
	var result any
	if rpcErr == nil {
		d.failCopy = f.Kind == FaultSaveFails
		result, rpcErr = d.call(req, c)
		d.failCopy = false
	}
	body := answer(req.ID, result, rpcErr)
	c.Error, c.HTTP = rpcErr, http.StatusOK
	if f.Kind != FaultHangAfter {
		c.End = d.opt.Now()
	}
	restart := d.rebootSoon || f.Kind == FaultRebootAfter
	d.rebootSoon = false
	if restart { // before the answer, so that whoever has read it finds a restarting device
		d.restart()
		w.Header().Set("Connection", "close")
	}
	d.mu.Unlock()

	switch f.Kind {
	case FaultHangAfter:
		<-r.Context().Done()
		d.gone(c)
		d.finish(c, 0, rpcErr)
	case FaultReset:
		drop(w, body)
	case FaultHuge:
		writeHuge(w, req.ID)
	default:
		write(w, http.StatusOK, distort(f.Kind, body))
	}
	if restart {
		flush(w)
		d.mu.Lock()
		defer d.mu.Unlock()
		d.onDown()
	}
}

// gone notes when the client of a call went away without its answer.
func (d *Device) gone(c *Call) {
	d.mu.Lock()
	defer d.mu.Unlock()
	c.Gone = d.opt.Now()
}

// delay waits for the device's own slowness. A client that goes away does not
// hurry it: the call is carried out all the same, late.
func (d *Device) delay(ctx context.Context, c *Call, extra time.Duration) {
	d.mu.Lock()
	wait := d.opt.Latency + extra
	if d.opt.Jitter > 0 {
		wait += time.Duration(d.rand.Int64N(int64(d.opt.Jitter)))
	}
	d.mu.Unlock()
	if wait <= 0 {
		return
	}
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case <-t.C:
	case <-ctx.Done():
		d.gone(c)
		<-t.C
	}
}

func write(w http.ResponseWriter, status int, body []byte) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	_, _ = w.Write(body) // the client is gone; there is nobody to tell
}

func flush(w http.ResponseWriter) {
	_ = http.NewResponseController(w).Flush() // the client is gone; there is nobody to tell
}

// drop resets the connection, after the head and the first half of the body
// when there is one.
func drop(w http.ResponseWriter, body []byte) {
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil { // HTTP/2 or a test's recorder
		panic(http.ErrAbortHandler)
	}
	if len(body) > 0 {
		fmt.Fprintf(rw, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(body), body[:len(body)/2])
		_ = rw.Flush() // it is reset anyway
	}
	reset(conn)
}

// reset closes a connection so that the other side sees a reset, not an end.
func reset(c net.Conn) {
	inner := c
	for {
		switch v := inner.(type) {
		case *tls.Conn:
			inner = v.NetConn()
			continue
		case *guest:
			inner = v.Conn
			continue
		case *net.TCPConn:
			_ = v.SetLinger(0) // an ordinary close will do then
			_ = v.Close()      // closing is all that is wanted
		}
		break
	}
	_ = c.Close() // closing is all that is wanted
}
