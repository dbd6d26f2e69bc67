package api

import (
	"testing"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/reconcile"
	"github.com/opengam/opengam/internal/store"
)

// What a person approves is what was looked at: a plan that has changed is
// refused where approval counts, instead of waiting for ever.
func TestApprovalOfAChangedPlanIsRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	dev := b.device("gam-1")
	path := "/api/v1/devices/" + id(int64(dev))
	plan := func(name string) reconcile.Plan {
		return reconcile.Plan{Steps: []gam.Step{{Action: gam.Add, After: &gam.Entry{Profile: &gam.Profile{Name: name}}}}}
	}
	b.engine.plan, b.engine.fresh = plan("stored"), plan("fresh")
	op := b.role(store.Operator)
	op.do("POST", path+"/apply", obj{"fingerprint": "of last week"}).want(202) // mode manage needs no approval
	op.do("PATCH", path, obj{"mode": "confirm"}).want(200)
	op.do("POST", path+"/apply", obj{"fingerprint": "of last week"}).refused(409, "plan_changed")
	op.do("POST", path+"/apply", obj{"fingerprint": b.engine.plan.Fingerprint()}).want(202)
	op.do("POST", path+"/apply", obj{"fingerprint": b.engine.fresh.Fingerprint()}).want(202)
}

func TestVLANZeroIsNotAutomatic(t *testing.T) {
	t.Parallel()
	b := setup(t)
	dev := b.device("gam-1")
	body := obj{"name": "Anna", "device_id": dev, "vlan_id": 0}
	b.role(store.Operator).do("POST", "/api/v1/subscribers", body).refused(422, "invalid")
	body["vlan_id"] = nil
	b.role(store.Operator).do("POST", "/api/v1/subscribers", body).want(201)
}
