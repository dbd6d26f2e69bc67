package sim

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// request is one call after its envelope was checked.
type request struct {
	ID     json.RawMessage
	Method string
	Params []json.RawMessage
}

// decodeRequest reads the envelope of a call: one object, method a string,
// params an array, id a string or a number, and jsonrpc "2.0" when present.
// The id is returned with an error as far as it could be read.
func decodeRequest(body []byte) (request, *RPCError) {
	parse := &RPCError{Code: codeParse, Message: "Parse error"}
	invalid := &RPCError{Code: codeInvalidRequest, Message: "Invalid Request"}
	var r request
	dec := json.NewDecoder(bytes.NewReader(body))
	var whole json.RawMessage
	if dec.Decode(&whole) != nil {
		return r, parse
	}
	if _, err := dec.Token(); !errors.Is(err, io.EOF) {
		return r, parse
	}
	if whole[0] != '{' {
		return r, invalid
	}
	var members map[string]json.RawMessage
	if json.Unmarshal(whole, &members) != nil {
		return r, parse
	}
	id := members["id"]
	if len(id) == 0 || id[0] != '"' && id[0] != '-' && (id[0] < '0' || id[0] > '9') {
		return r, invalid
	}
	r.ID = id
	if v, ok := members["jsonrpc"]; ok && string(v) != `"2.0"` {
		return r, invalid
	}
	if m := members["method"]; len(m) == 0 || m[0] != '"' || json.Unmarshal(m, &r.Method) != nil || r.Method == "" {
		return r, invalid
	}
	p := members["params"]
	if len(p) == 0 || p[0] != '[' || json.Unmarshal(p, &r.Params) != nil {
		return r, badParams("params must be an array")
	}
	return r, nil
}

// response is the envelope of an answer; error and result are always there.
type response struct {
	ID     json.RawMessage `json:"id"`
	Error  *RPCError       `json:"error"`
	Result any             `json:"result"`
}

var null = json.RawMessage("null")

func answer(id json.RawMessage, result any, err *RPCError) []byte {
	if len(id) == 0 {
		id = null
	}
	if err != nil {
		result = nil
	}
	b, e := json.Marshal(response{id, err, result})
	if e != nil { // no answer of ours can fail to marshal
		return answer(id, nil, &RPCError{Code: codeInternal, Message: "Internal error"})
	}
	return b
}

// handler carries out one call: wholly, or not at all when it returns an
// error.
type handler func(d *Device, params []json.RawMessage) (any, *RPCError)

// method is one row of the catalogue.
type method struct {
	min, max int // parameters
	effect   Effect
	fn       handler
}

// call carries out one request on the device. d.mu is held.
func (d *Device) call(r request, c *Call) (any, *RPCError) {
	d.settle()
	m, ok := methods[r.Method]
	if !ok || !d.fw.has(r.Method) || d.fw.Quirks.NoCopyStatus && r.Method == copyStatusMethod {
		return nil, &RPCError{Code: codeNoMethod, Message: "Method not found"}
	}
	c.Effect = m.effect
	if len(r.Params) < m.min || len(r.Params) > m.max {
		return nil, badParams("%d to %d parameters expected", m.min, m.max)
	}
	for i, p := range r.Params {
		r.Params[i] = bytes.TrimSpace(p)
	}
	d.noOp, d.saving = false, false
	result, err := m.fn(d, r.Params)
	if err != nil {
		return nil, err
	}
	if m.effect == Write && !d.noOp {
		d.log.changed(c)
	}
	if d.saving {
		d.log.saved(c)
		if d.copying.status == "success" { // it took no time
			d.log.saving = 0
		}
	}
	if all, ok := result.(keyVal); ok && len(all) == 0 && d.fw.Quirks.NullForEmpty {
		return nil, nil
	}
	return result, nil
}

// OutOfBand makes a call as somebody at the device's own console would: it is
// not in the way of anybody's manners.
func (d *Device) OutOfBand(methodName string, params ...any) (json.RawMessage, error) {
	r := request{Method: methodName}
	for _, p := range params {
		b, err := json.Marshal(p)
		if err != nil {
			return nil, err
		}
		r.Params = append(r.Params, b)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	c := d.log.begin(Call{Start: d.opt.Now(), Method: methodName, Source: OutOfBand})
	c.Params, _ = json.Marshal(r.Params)
	result, rpcErr := d.call(r, c)
	c.End, c.Error = d.opt.Now(), rpcErr
	if d.rebootSoon {
		d.rebootSoon = false
		d.reboot()
	}
	if rpcErr != nil {
		return nil, rpcErr
	}
	return json.Marshal(result)
}
