package reconcile_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/driver/positron"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/reconcile"
	"github.com/opengam/opengam/internal/sim"
	"github.com/opengam/opengam/internal/store"
	"github.com/opengam/opengam/internal/store/storetest"
)

type site struct {
	t    testing.TB
	sim  *sim.Running
	st   *store.Store
	e    *reconcile.Engine
	id   gam.DeviceID
	subs map[string]gam.SubscriberID
	// steps counts what is applied; onStep is called before each.
	onStep func(n int)
}

type counting struct {
	*positron.Driver
	s *site
	n int
}

func (c *counting) Apply(ctx context.Context, step gam.Step) error {
	c.n++
	if c.s.onStep != nil {
		c.s.onStep(c.n)
	}
	return c.Driver.Apply(ctx, step)
}

const password = "Bait-Pw-0815"

func openSite(t testing.TB, o sim.Options) *site {
	t.Helper()
	return openSiteOn(t, storetest.SQLite(t), o)
}

func openSiteOn(t testing.TB, st *store.Store, o sim.Options) *site {
	t.Helper()
	o.Password = password
	s := &site{t: t, sim: sim.StartDevice(t, o), st: st, subs: map[string]gam.SubscriberID{}}
	d := gam.Device{Name: "gam", Address: s.sim.Address, Mode: gam.ModeManage}
	d.Access.JSONRPC.Password = gam.NewSecret(password)
	s.must(st.AddDevice(t.Context(), &d))
	s.id = d.ID
	for i, mbps := range []int{100, 300, 500, 700} {
		down, up := mbps, mbps/10
		s.must(st.AddPlan(t.Context(), &gam.Plan{Name: fmt.Sprintf("Plan %d", i+1), DownstreamMbps: &down, UpstreamMbps: &up, OverheadPercent: 7}))
	}
	sessions := driver.NewSessions(func(tg driver.Target) (driver.Driver, error) {
		d, err := positron.New(tg)
		if err != nil {
			return nil, err
		}
		return &counting{Driver: d.(*positron.Driver), s: s}, nil
	})
	t.Cleanup(func() { _ = sessions.Close() })
	s.e = reconcile.New(reconcile.Options{Store: st, Open: func(_ context.Context, d gam.Device) (driver.Driver, error) {
		return sessions.For(driver.Target{ID: d.ID, Name: d.Name, Address: d.Address, Access: d.Access, CallTimeout: 10 * time.Second})
	}})
	return s
}

func (s *site) must(err error) {
	s.t.Helper()
	if err != nil {
		s.t.Fatal(err)
	}
}

func mac(n int) gam.MAC { return gam.MAC{0, 0x0e, 0xd8, 1, byte(n >> 8), byte(n)} }

func customer(n, port int) gam.Subscriber {
	return gam.Subscriber{
		Name: fmt.Sprintf("Customer %d", n), DeviceName: fmt.Sprintf("apt-%d", n), Description: fmt.Sprintf("unit %d", n),
		EndpointMAC: mac(n), Port: port, PlanID: gam.PlanID(n%3 + 1), VLANID: 100 + n, Tagging: gam.Untagged, Status: gam.SubActive,
	}
}

func (s *site) order(subs ...gam.Subscriber) {
	s.t.Helper()
	s.must(s.st.Tx(s.t.Context(), func(ctx context.Context, tx *store.Tx) error {
		for _, u := range subs {
			u.DeviceID = s.id
			if err := tx.AddSubscriber(ctx, &u); err != nil {
				return err
			}
			s.subs[u.DeviceName] = u.ID
		}
		_, err := tx.BumpWanted(ctx, s.id)
		return err
	}))
	for _, u := range subs {
		if u.EndpointMAC.IsZero() || u.Port == 0 {
			continue
		}
		s.must(s.sim.Plug(sim.Plug{MAC: u.EndpointMAC, Port: u.Port}))
	}
}

func (s *site) change(name string, do func(*gam.Subscriber)) {
	s.t.Helper()
	s.must(s.st.Tx(s.t.Context(), func(ctx context.Context, tx *store.Tx) error {
		u, err := tx.Subscriber(ctx, s.subs[name])
		if err != nil {
			return err
		}
		do(&u)
		if err := tx.UpdateSubscriber(ctx, &u); err != nil {
			return err
		}
		_, err = tx.BumpWanted(ctx, s.id)
		return err
	}))
}

func (s *site) settle() {
	s.t.Helper()
	deadline := time.Now().Add(30 * time.Second)
	var o reconcile.Outcome
	for time.Now().Before(deadline) {
		if o = s.e.Device(s.t.Context(), s.id, reconcile.Ask{}); (o == reconcile.Settled{}) {
			return
		}
		select {
		case <-time.After(20 * time.Millisecond): // the device comes back
		case <-s.t.Context().Done():
		}
	}
	s.t.Fatalf("does not settle: %s", o)
}

func (s *site) polite() {
	s.t.Helper()
	m := s.sim.Manners()
	if m.OverlappingCalls != 0 || m.OverlappingWrites != 0 || m.NoOpWrites != 0 || m.IdleSaves != 0 || m.UnsavedWrites != 0 || m.FailedWrites != 0 {
		s.t.Errorf("manners: %+v", m)
	}
	if st := s.sim.State(); !st.Saved {
		s.t.Error("the device's configuration is not saved")
	}
	before := m.Writes + m.Saves
	s.settle()
	if m := s.sim.Manners(); m.Writes+m.Saves != before {
		s.t.Errorf("an idle pass writes: %+v", m)
	}
}

func (s *site) served(want ...gam.Subscriber) {
	s.t.Helper()
	by := map[gam.MAC]sim.EndpointState{}
	for _, e := range s.sim.State().Endpoints {
		by[e.MAC] = e
	}
	for _, u := range want {
		if e := by[u.EndpointMAC]; e.Captive || e.Subscriber != u.DeviceName || e.VLAN != u.VLANID {
			s.t.Errorf("%s on %s: %+v", u.DeviceName, u.EndpointMAC, e)
		}
	}
}

func (s *site) foreign(n int) {
	s.t.Helper()
	for i := range n {
		name := fmt.Sprintf("old-%d", i)
		add := func(method string, members map[string]any) {
			s.t.Helper()
			if _, err := s.sim.OutOfBand(method, 0, members); err != nil {
				s.t.Fatalf("%s: %v", method, err)
			}
		}
		add("ghnAgent.config.endpoint.add", map[string]any{"Name": name, "MacAddress": mac(900 + i).String(), "PortIfIndex": "G.hn 1/9"})
		e, _ := s.sim.State().Running.EndpointNamed(name)
		add("ghnAgent.config.user.add", map[string]any{"Name": name, "EndpointId": e.ID, "VlanId": 900 + i})
	}
}

func foreignOf(c gam.Config) (out []any) {
	for _, e := range c.Endpoints {
		if strings.HasPrefix(e.Name, "old-") {
			out = append(out, e)
		}
	}
	for _, v := range c.Services {
		if strings.HasPrefix(v.Name, "old-") {
			out = append(out, v)
		}
	}
	return out
}
