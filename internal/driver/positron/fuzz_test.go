package positron

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/wire/jsonrpc"
)

// parrot answers every question with one result.
type parrot json.RawMessage

func (p parrot) Call(context.Context, jsonrpc.Call) (json.RawMessage, error) {
	return json.RawMessage(p), nil
}
func (p parrot) Close() error { return nil }

// FuzzDecoders gives one answer to every question that the driver can ask:
// whatever it is, what comes out is sound or a *driver.Error.
func FuzzDecoders(f *testing.F) {
	files, _ := filepath.Glob("testdata/by-*/*.json")
	for _, name := range files {
		raw, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		var a struct{ Result json.RawMessage }
		if json.Unmarshal(raw, &a) == nil && len(a.Result) > 0 {
			f.Add([]byte(a.Result))
		}
	}
	for _, s := range []string{
		`null`, `[]`, `{}`, `""`, `7`, `[[1,{}]]`, `{"a":{"b":{}}}`, `[{"key":{},"val":{"Id":"x","AllowedTaggedVlans":"1-4094"}}]`,
		`[{"key":"00:0e:d8:20:11:a4","val":{"Alive":1,"Uptime":"12 days, 2h 18m 33s","Mode":2,"RxPhyRate":"-1"}}]`,
		`[{"key":"G.hn 1/1","val":{"Link":"1","Speed":"speed999G9","SFPVendorName":"\u0000\ud800"}}]`, `{"Status":"inProgress"}`,
		`{"IfIndex":"G.hn 1/1","name":"a","Name":"b","PortMode":2,"Shutdown":0}`, `[{"key":"G.hn 1/1","val":{"Shutdown":"on","PORTMODE":"mimo"}}]`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		if !json.Valid(raw) {
			return // the layer below lets nothing else through
		}
		d := &Driver{target: target("x"), rpc: parrot(raw), writing: driver.NewLane()}
		d.pause = func(context.Context, time.Duration) error { return nil }
		ctx := t.Context()
		check := func(what string, err error) {
			if err == nil {
				return
			}
			if driver.KindOf(err) == "" {
				t.Errorf("%s: an error of no kind: %v", what, err)
			}
			if !utf8.ValidString(err.Error()) || strings.Contains(err.Error(), "\x00") {
				t.Errorf("%s: %q is not text", what, err)
			}
		}
		sound := func(texts ...string) {
			for _, s := range texts {
				if !utf8.ValidString(s) || len(s) > maxText || strings.ContainsAny(s, "\x00\n\x1b") {
					t.Errorf("unsound text %q", s)
				}
			}
		}
		id, err := d.Identify(ctx)
		check("identify", err)
		sound(id.Model, id.SerialNumber, id.Firmware, id.Hostname)
		c, err := d.Config(ctx)
		check("config", err)
		for _, s := range c.Services {
			sound(s.Name, s.Description, s.EndpointName, s.ProfileName)
			if s.VLAN < 0 || s.Port < 0 || s.Port > 24 || len(s.AllowedVLANs) > maxVIDs {
				t.Errorf("service %+v", s)
			}
		}
		for _, e := range c.Endpoints {
			sound(e.Name, e.Description)
		}
		_, err = d.Uptime(ctx)
		check("uptime", err)
		ports, err := d.Ports(ctx)
		check("ports", err)
		for _, p := range ports {
			sound(p.Name, p.SFP)
		}
		all, err := d.Endpoints(ctx)
		check("endpoints", err)
		for _, e := range all {
			sound(e.EntryName, e.ServiceName, e.ProfileName, e.Model)
			if e.MAC.IsZero() {
				t.Error("an endpoint without a MAC")
			}
		}
		_, err = d.EndpointLinks(ctx, macA)
		check("links", err)
		for _, s := range []gam.Step{
			addStep(serviceEntry(apt)), setStep(serviceEntry(apt), serviceEntry(gam.Service{Name: "apt-102"})), removeStep(endpointEntry(cpe)),
			setStep(endpointEntry(cpe), endpointEntry(gam.Endpoint{Name: "cpe-102", MAC: macA})),
		} {
			check("apply", d.Apply(ctx, s))
		}
		port, err := d.PortSettings(ctx, 1)
		check("port", err)
		sound(port.Name)
		check("set port", d.SetPort(ctx, 1, gam.PortChange{Name: pointer("east"), Type: pointer(gam.SISO), AdminUp: pointer(false)}))
		one, err := d.Endpoint(ctx, macA)
		check("endpoint", err)
		sound(one.EntryName, one.Model)
		check("save", d.Save(ctx))
		for _, p := range d.TestAccess(ctx) {
			sound(p.Detail)
		}
	})
}

// FuzzErrors gives the error object's parts.
func FuzzErrors(f *testing.F) {
	f.Add(-32603, "Invalid G.hn bandwidth profile name", []byte(`{"vtss-error-code":-9437162}`))
	f.Add(-32601, "Method not found", []byte(`null`))
	f.Add(-9437162, "\x00\xff", []byte(`{"vtss-error-code":"-2147483648","vtss-failing-module":1e99}`))
	f.Fuzz(func(t *testing.T, code int, message string, data []byte) {
		d := &Driver{target: target("x")}
		e := d.fail("do it", &jsonrpc.RPCError{Code: code, Message: message, Data: data})
		if e.Kind == "" || e.Text == "" {
			t.Errorf("%+v", e)
		}
	})
}

// FuzzUptime takes the texts in which uptimes come.
func FuzzUptime(f *testing.F) {
	for _, s := range []string{"3d 13:32:27", "12 days, 2h 18m 33s", "307947", "", "-1", "9999999d 9999999:99:99"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if up, ok := parseUptime(s); ok && up < 0 {
			t.Errorf("%q is %v", s, up)
		}
	})
}
