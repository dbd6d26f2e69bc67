package reconcile

import (
	"strings"
	"testing"

	"github.com/opengam/opengam/internal/gam"
)

// An order that is placed while a pass works on the one before is not called
// done by that pass; the others are.
func TestOvertakenOrderIsNotCalledDone(t *testing.T) {
	r := newRig(t, "GAM-12-C")
	first, second := r.order(unit(1)), r.order(unit(2))
	r.m.after = func(_ int, call string) error {
		if call == "Save" {
			r.m.after = nil
			r.change(first, func(u *gam.Subscriber) { u.VLANID = 777 })
		}
		return nil
	}
	r.pass(Settled{})
	if s := r.subscriber(first).Sync; s.Phase == gam.SyncInSync {
		t.Errorf("the overtaken order is %+v although VLAN 777 is not on the device", s)
	}
	if s := r.subscriber(second).Sync; s.Phase != gam.SyncInSync {
		t.Errorf("the other order is %+v, want in sync", s)
	}
	if s := r.device().Sync; s.Phase != gam.SyncPending {
		t.Errorf("the device is %+v, want pending", s)
	}
	r.pass(Settled{})
	if s := r.subscriber(first).Sync; s.Phase != gam.SyncInSync {
		t.Errorf("after the next pass the order is %+v", s)
	}
	if s := r.device().Sync; s.Phase != gam.SyncInSync {
		t.Errorf("after the next pass the device is %+v", s)
	}
	r.idle()
}

// Several people's orders share a pass; the journal names each for their own.
func TestJournalNamesWhoOrdered(t *testing.T) {
	r := newRig(t, "GAM-12-C")
	for n, who := range map[int]string{1: "user:bea", 2: "user:carl"} {
		u := unit(n)
		u.UpdatedBy = who
		r.order(u)
	}
	r.pass(Settled{})
	seen := map[string]string{}
	for _, c := range r.journal() {
		if c.Step.Entry().Service != nil {
			seen[strings.TrimPrefix(c.Step.Entry().Name(), "apt-")] = c.Actor
		} else if c.Step.Entry().Profile != nil && c.Actor != "user:anna" {
			t.Errorf("what serves several is journalled as %q, want who asked for the pass", c.Actor)
		}
	}
	if seen["1"] != "user:bea" || seen["2"] != "user:carl" {
		t.Errorf("actors %v", seen)
	}
}
