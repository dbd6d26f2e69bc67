package sim

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/opengam/opengam/internal/gam"
)

// Info is what a simulated device is known by; one line of `opengam sim`.
type Info struct {
	Name     string  `json:"name"`
	Site     string  `json:"site"`
	Address  string  `json:"address"` // host:port
	URL      string  `json:"url"`     // with the path of the API
	HTTPSURL string  `json:"https_url,omitempty"`
	Model    string  `json:"model"`
	Firmware string  `json:"firmware"`
	Serial   string  `json:"serial_number"`
	MAC      gam.MAC `json:"mac_address"`
	Username string  `json:"username"`
}

// Info describes the device without its password.
func (r *Running) Info() Info {
	user, _ := r.Credentials()
	i := Info{
		Name: r.opt.Hostname, Address: r.Address, URL: r.URL + Path, Model: r.hw.Name, Firmware: r.FirmwareVersion(),
		Serial: r.opt.Serial, MAC: r.opt.MAC, Username: user,
	}
	if r.HTTPSURL != "" {
		i.HTTPSURL = r.HTTPSURL + Path
	}
	return i
}

// errNoSuchDevice means that the path names no device.
var errNoSuchDevice = errors.New("no such device; GET /devices lists the serial numbers")

// ControlAPI serves what tests and people need to play with devices from
// outside: their state, their call logs, faults and edits. It asks for no
// password and belongs on loopback only.
//
//	GET    /devices                        list of Info
//	GET    /devices/{serial}               State, with running and startup configuration
//	GET    /devices/{serial}/calls         the call log
//	DELETE /devices/{serial}/calls         forget it
//	GET    /devices/{serial}/manners       Manners
//	GET    /devices/{serial}/faults        list of Fault
//	POST   /devices/{serial}/faults        set a Fault
//	DELETE /devices/{serial}/faults        clear all
//	DELETE /devices/{serial}/faults/{id}   clear one
//	POST   /devices/{serial}/rpc           {"method", "params"} out of band
//	POST   /devices/{serial}/reboot
//	POST   /devices/{serial}/lose-unsaved
//	POST   /devices/{serial}/fill-profiles
//	POST   /devices/{serial}/foreign       {"count"}
//	POST   /devices/{serial}/plug          {"mac_address", "port", "model", "trouble"}: plug in or move
//	POST   /devices/{serial}/unplug        {"mac_address"}
//	POST   /devices/{serial}/password      {"password"}
//	POST   /devices/{serial}/certificate   make a new one
//
// {serial} may also be the device's place in the list, from 1.
func ControlAPI(devices func() []*Running, info func(*Running) Info) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /devices", func(w http.ResponseWriter, _ *http.Request) {
		all := []Info{}
		for _, r := range devices() {
			all = append(all, info(r))
		}
		reply(w, all, nil)
	})
	on := func(pattern string, fn func(d *Running, r *http.Request) (any, error)) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			for i, d := range devices() {
				if which := r.PathValue("serial"); which == d.Serial() || which == strconv.Itoa(i+1) {
					v, err := fn(d, r)
					reply(w, v, err)
					return
				}
			}
			reply(w, nil, errNoSuchDevice)
		})
	}
	on("GET /devices/{serial}", func(d *Running, _ *http.Request) (any, error) { return d.State(), nil })
	on("GET /devices/{serial}/calls", func(d *Running, _ *http.Request) (any, error) { return d.Calls(), nil })
	on("DELETE /devices/{serial}/calls", func(d *Running, _ *http.Request) (any, error) { d.ForgetCalls(); return nil, nil })
	on("GET /devices/{serial}/manners", func(d *Running, _ *http.Request) (any, error) { return d.Manners(), nil })
	on("GET /devices/{serial}/faults", func(d *Running, _ *http.Request) (any, error) { return d.Faults(), nil })
	on("DELETE /devices/{serial}/faults", func(d *Running, _ *http.Request) (any, error) { d.ClearFaults(); return nil, nil })
	on("DELETE /devices/{serial}/faults/{id}", func(d *Running, r *http.Request) (any, error) {
		id, err := strconv.Atoi(r.PathValue("id"))
		if err != nil || !d.ClearFault(id) {
			return nil, fmt.Errorf("there is no fault %q", gam.Clip(r.PathValue("id"), 20))
		}
		return nil, nil
	})
	on("POST /devices/{serial}/faults", func(d *Running, r *http.Request) (any, error) {
		var f Fault
		if err := read(r, &f); err != nil {
			return nil, err
		}
		id, err := d.Fault(f)
		return map[string]int{"id": id}, err
	})
	on("POST /devices/{serial}/rpc", func(d *Running, r *http.Request) (any, error) {
		var c struct {
			Method string `json:"method"`
			Params []any  `json:"params"`
		}
		if err := read(r, &c); err != nil {
			return nil, err
		}
		return d.OutOfBand(c.Method, c.Params...)
	})
	on("POST /devices/{serial}/reboot", func(d *Running, _ *http.Request) (any, error) { d.Reboot(); return nil, nil })
	on("POST /devices/{serial}/lose-unsaved", func(d *Running, _ *http.Request) (any, error) { d.LoseUnsaved(); return nil, nil })
	on("POST /devices/{serial}/fill-profiles", func(d *Running, _ *http.Request) (any, error) {
		n, err := d.FillProfiles()
		return map[string]int{"added": n}, err
	})
	on("POST /devices/{serial}/foreign", func(d *Running, r *http.Request) (any, error) {
		var c struct {
			Count int `json:"count"`
		}
		if err := read(r, &c); err != nil {
			return nil, err
		}
		return nil, d.AddForeign(c.Count)
	})
	on("POST /devices/{serial}/plug", func(d *Running, r *http.Request) (any, error) {
		var c struct {
			MAC     gam.MAC `json:"mac_address"`
			Port    int     `json:"port"`
			Model   string  `json:"model"`
			Trouble Trouble `json:"trouble"`
		}
		if err := read(r, &c); err != nil {
			return nil, err
		}
		return nil, d.Plug(Plug{MAC: c.MAC, Port: c.Port, Model: c.Model, Trouble: c.Trouble})
	})
	on("POST /devices/{serial}/unplug", func(d *Running, r *http.Request) (any, error) {
		var c struct {
			MAC gam.MAC `json:"mac_address"`
		}
		if err := read(r, &c); err != nil {
			return nil, err
		}
		d.Unplug(c.MAC)
		return nil, nil
	})
	on("POST /devices/{serial}/password", func(d *Running, r *http.Request) (any, error) {
		var c struct {
			Password string `json:"password"`
		}
		if err := read(r, &c); err != nil {
			return nil, err
		}
		d.SetPassword(c.Password)
		return nil, nil
	})
	on("POST /devices/{serial}/certificate", func(d *Running, _ *http.Request) (any, error) { return nil, d.RenewCertificate() })
	return mux
}

// read takes a body apart; an unknown member is a mistake worth telling.
func read(r *http.Request, v any) error {
	dec := json.NewDecoder(http.MaxBytesReader(nil, r.Body, maxRequest))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("read the body: %w", err)
	}
	return nil
}

func reply(w http.ResponseWriter, v any, err error) {
	status := http.StatusOK
	if err != nil {
		status = http.StatusBadRequest
		body := map[string]any{"error": err.Error()}
		var rpc *RPCError
		switch {
		case errors.Is(err, errNoSuchDevice):
			status = http.StatusNotFound
		case errors.As(err, &rpc):
			status, body["rpc"] = http.StatusUnprocessableEntity, rpc
		}
		v = body
	}
	b, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	write(w, status, append(b, '\n'))
}
