package api

import (
	"strings"
	"testing"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/reconcile"
	"github.com/opengam/opengam/internal/store"
)

var mac2 = gam.MustMAC("00:0E:D8:20:11:A5")

// seen puts endpoints on a device as a poll would.
func (b *bench) seen(dev gam.DeviceID, eps ...gam.EndpointStatus) {
	b.t.Helper()
	if err := b.st.SaveEndpoints(b.t.Context(), dev, eps, time.Now()); err != nil {
		b.t.Fatal(err)
	}
}

func TestSubscriberLife(t *testing.T) {
	t.Parallel()
	b := setup(t)
	op := b.role(store.Operator)
	dev := b.device("gam-1")
	gold := b.plan("Gold", obj{"downstream_mbps": 100, "upstream_mbps": 20})
	silver := b.plan("Silver", obj{"downstream_mbps": 50, "upstream_mbps": 10})
	b.seen(dev,
		gam.EndpointStatus{MAC: mac, DetectedPort: 3, State: gam.EndpointUnknownMAC},
		gam.EndpointStatus{MAC: mac2, DetectedPort: 4, State: gam.EndpointUnknownMAC})

	// Only what people know is given; the rest is found out.
	var s Subscriber
	res := op.do("POST", "/api/v1/subscribers", obj{
		"name": "Anna Ångström", "description": "Apt 3", "endpoint_mac": "000ed82011a4", "plan_id": gold.ID, "vlan_id": nil,
		"double_tag": obj{"outer_vlan_id": 500, "nni": "10G 1/2"}, "allowed_vlans": []int{700, 701},
		"external": []obj{{"system_id": 1, "customer_id": "C-77"}},
	}).want(201)
	res.into(&s)
	if s.Status != "active" || *s.DeviceID != int64(dev) || *s.EndpointMAC != mac.String() || s.VLANID == nil || !s.VLANAllocated ||
		s.DeviceName == "" || s.PlanName != "Gold" || s.GAMName != "gam-1" || s.Tagging != "untagged" ||
		*s.DoubleTag.Value.NNI != "10G 1/2" || s.DoubleTag.Value.OuterVLANID != 500 || len(s.AllowedVLANs) != 2 || s.External[0].CustomerID != "C-77" {
		t.Errorf("a new subscriber: %s", res.body)
	}
	path := "/api/v1/subscribers/" + id(s.ID)

	op.do("PATCH", path, obj{"plan_id": silver.ID, "double_tag": nil, "allowed_vlans": nil, "vlan_id": 1234, "poe": true}).want(200).into(&s)
	if s.PlanName != "Silver" || s.DoubleTag.Value != nil || len(s.AllowedVLANs) != 0 || *s.VLANID != 1234 || s.VLANAllocated || !s.PoE || s.Description != "Apt 3" {
		t.Errorf("after a patch: %+v", s)
	}
	if text := string(op.get(path).want(200).body); !strings.Contains(text, `"double_tag":null`) || !strings.Contains(text, `"allowed_vlans":[]`) {
		t.Errorf("null and empty as shown: %s", text)
	}
	op.do("PATCH", path, obj{"vlan_id": nil}).want(200).into(&s)
	if s.VLANID == nil || !s.VLANAllocated {
		t.Errorf("vlan_id null allocates: %+v", s)
	}
	was := *s.VLANID
	if op.do("PATCH", path, obj{"vlan_id": nil, "notes": "x"}).want(200).into(&s); *s.VLANID != was {
		t.Errorf("vlan_id null moves an allocated VLAN from %d to %d", was, *s.VLANID)
	}
	op.do("PATCH", path, obj{"double_tag": obj{"outer_vlan_id": 501, "nni": nil}}).want(200).into(&s)
	if s.DoubleTag.Value == nil || s.DoubleTag.Value.NNI != nil {
		t.Errorf("the default uplink: %+v", s.DoubleTag.Value)
	}

	for action, status := range map[string]string{"suspend": "suspended"} {
		op.do("POST", path+"/"+action, nil).want(200).into(&s)
		if s.Status != status {
			t.Errorf("after %s: %s", action, s.Status)
		}
	}
	op.do("POST", path+"/resume", nil).want(200).into(&s)
	if s.Status != "active" {
		t.Errorf("after resume: %s", s.Status)
	}
	tech := b.role(store.Technician)
	tech.do("POST", path+"/replace-endpoint", obj{"endpoint_mac": "00-0E-D8-20-11-A5"}).want(200).into(&s)
	if *s.EndpointMAC != mac2.String() {
		t.Errorf("after replace-endpoint: %s", *s.EndpointMAC)
	}
	tech.do("POST", path+"/move", obj{"endpoint_mac": mac.String()}).want(200).into(&s)
	if *s.EndpointMAC != mac.String() {
		t.Errorf("after move: %s", *s.EndpointMAC)
	}
	var other Subscriber
	op.do("POST", "/api/v1/subscribers", obj{"name": "Bert", "endpoint_mac": mac2.String(), "plan_id": gold.ID, "status": "suspended"}).want(201).into(&other)
	if other.Status != "suspended" {
		t.Errorf("ordered as suspended: %s", other.Status)
	}
	var both List[Subscriber]
	tech.do("POST", path+"/swap", obj{"with": other.ID}).want(200).into(&both)
	if len(both.Items) != 2 || *both.Items[0].EndpointMAC != mac2.String() || *both.Items[1].EndpointMAC != mac.String() {
		t.Errorf("after swap: %+v", both.Items)
	}

	var list List[Subscriber]
	op.get("/api/v1/subscribers?status=suspended,pending&device_id=" + id(int64(dev)) + "&sort=-name").want(200).into(&list)
	if list.Total != 1 || list.Items[0].Name != "Bert" || list.Items[0].GAMName != "gam-1" {
		t.Errorf("list of the suspended: %+v", list)
	}
	op.do("DELETE", "/api/v1/plans/"+id(gold.ID), nil).refused(409, "conflict")
	op.do("DELETE", path, nil).want(204)
	op.get(path).want(200).into(&s)
	if s.Status != "ended" {
		t.Errorf("after DELETE: %s", s.Status)
	}
	op.do("PATCH", path, obj{"poe": false}).refused(409, "conflict")
	if hits := op.get("/api/v1/search?q=2011a4").want(200); !strings.Contains(string(hits.body), `"endpoint"`) {
		t.Errorf("search by the last digits: %s", hits.body)
	}
	if sum := op.get("/api/v1/fleet/summary").want(200).object(); sum["devices"] != 1.0 {
		t.Errorf("summary: %v", sum)
	}
}

func TestSubscriberRefusals(t *testing.T) {
	t.Parallel()
	b := setup(t)
	op := b.role(store.Operator)
	dev := b.device("gam-1")
	for _, c := range []struct {
		body        obj
		field, code string
	}{
		{obj{}, "name", "required"},
		{obj{"name": "a", "vlan_id": 3841}, "vlan_id", "vlan_reserved"},
		{obj{"name": "a", "endpoint_mac": "xyz"}, "endpoint_mac", "mac"},
		{obj{"name": "a", "double_tag": obj{"outer_vlan_id": 500, "nni": "G.hn 1/1"}}, "double_tag.nni", "nni"},
		{obj{"name": "a", "double_tag": obj{"outer_vlan_id": 500, "nni": 1}}, "double_tag.nni", "invalid"},
		{obj{"name": "a", "double_tag": obj{"nni": nil}}, "double_tag.outer_vlan_id", "required"},
		{obj{"name": "a", "vlan_id": "12"}, "vlan_id", "invalid"},
		{obj{"name": "a", "vlan_id": 12.5}, "vlan_id", "invalid"},
		{obj{"name": "a", "vlan": 12}, "vlan", "unknown_field"},
		{obj{"name": "a", "tagging": "both"}, "tagging", "invalid"},
		{obj{"name": "a", "trunk": true, "allowed_vlans": []int{7}}, "allowed_vlans", "trunk_has_no_list"},
		{obj{"name": "a", "device_id": int64(dev), "port": 13}, "port", "port_out_of_range"},
		{obj{"name": nil}, "name", "invalid"},
		{obj{"name": "a", "external": []obj{{"system_id": 1, "customer_id": "1", "url": "javascript:alert(1)"}}}, "external[0].url", "url"},
	} {
		op.do("POST", "/api/v1/subscribers", c.body).refused(422, "invalid").field(t, c.field, c.code)
	}
	// All mistakes at once.
	p := op.do("POST", "/api/v1/subscribers", obj{"name": "a", "vlan_id": 3841, "remapped_vlan_id": 9999}).refused(422, "invalid")
	p.field(t, "vlan_id", "vlan_reserved")
	p.field(t, "remapped_vlan_id", "vlan_out_of_range")
	op.do("POST", "/api/v1/subscribers/7777/suspend", nil).refused(404, "not_found")
	op.do("POST", "/api/v1/subscribers/0/suspend", nil).refused(422, "invalid").field(t, "id", "invalid")
	op.do("POST", "/api/v1/subscribers/abc/suspend", nil).refused(422, "invalid").field(t, "id", "invalid")
}

func TestPreview(t *testing.T) {
	t.Parallel()
	b := setup(t)
	dev := b.device("gam-1")
	gold := b.plan("Gold", obj{"downstream_mbps": 100})
	b.seen(dev, gam.EndpointStatus{MAC: mac, DetectedPort: 3, State: gam.EndpointUnknownMAC})
	b.engine.plan = reconcile.Plan{
		Steps:    []gam.Step{{Action: gam.Add, After: &gam.Entry{Endpoint: &gam.Endpoint{MAC: mac, Name: "000ED82011A4"}}, Reason: "new subscriber"}},
		Problems: []reconcile.Problem{{SubscriberID: 5, Code: "port_full", Message: "port 3 is full", Remedy: "choose another port"}},
		Affected: []gam.SubscriberID{5},
	}
	tech := b.role(store.Technician)
	var p Preview
	res := tech.do("POST", "/api/v1/subscribers/preview", obj{"name": "Anna", "endpoint_mac": mac.String(), "plan_id": gold.ID}).want(200)
	res.into(&p)
	if p.Subscriber.Status != "active" || p.Subscriber.VLANID == nil || p.Subscriber.DeviceName != "Anna" || *p.Subscriber.DeviceID != int64(dev) {
		t.Errorf("the order as it would stand: %s", res.body)
	}
	if len(p.Plan.Steps) != 1 || p.Plan.Steps[0].Kind != "endpoint" || p.Plan.Steps[0].Name != "000ED82011A4" || p.Plan.Steps[0].Summary == "" ||
		p.Plan.Fingerprint == "" || p.Plan.CustomersAffected != 1 || p.Plan.Problems[0].Remedy != "choose another port" {
		t.Errorf("the plan of an order: %s", res.body)
	}
	if len(b.engine.got) != 1 || b.engine.got[0].EndpointMAC != mac {
		t.Errorf("the engine was asked about %+v", b.engine.got)
	}
	var list List[Subscriber]
	tech.get("/api/v1/subscribers").want(200).into(&list)
	if list.Total != 0 {
		t.Error("a preview was placed")
	}
	var s Subscriber
	b.admin().do("POST", "/api/v1/subscribers", obj{"name": "Anna", "endpoint_mac": mac.String(), "plan_id": gold.ID}).want(201).into(&s)
	tech.do("POST", "/api/v1/subscribers/preview", obj{"subscriber_id": s.ID, "name": "Anna B", "vlan_id": 777}).want(200).into(&p)
	if p.Subscriber.Name != "Anna B" || *p.Subscriber.VLANID != 777 || p.Subscriber.ID != s.ID {
		t.Errorf("a changed order as it would stand: %+v", p.Subscriber)
	}
	if b.admin().get("/api/v1/subscribers/" + id(s.ID)).object()["name"] != "Anna" {
		t.Error("a preview changed the order")
	}
	tech.do("POST", "/api/v1/subscribers/preview", obj{"name": "x", "vlan_id": 3841}).refused(422, "invalid").field(t, "vlan_id", "vlan_reserved")
	tech.do("POST", "/api/v1/subscribers/preview", obj{}).refused(422, "invalid").field(t, "name", "name_empty")

	b.engine.fresh = reconcile.Plan{Waiting: true}
	one := "/api/v1/devices/" + id(int64(dev)) + "/plan"
	if got := tech.get(one).want(200).object(); got["waiting"] != false || got["fingerprint"] != b.engine.plan.Fingerprint() {
		t.Errorf("plan: %v", got)
	}
	if got := tech.get(one + "?fresh=true").want(200).object(); got["waiting"] != true || got["fingerprint"] != "" {
		t.Errorf("fresh plan: %v", got)
	}
}

func TestApplyAndApprove(t *testing.T) {
	t.Parallel()
	b := setup(t)
	dev := b.device("gam-1")
	one := "/api/v1/devices/" + id(int64(dev))
	op := b.role(store.Operator)
	op.do("POST", one+"/apply", nil).want(202)
	op.do("POST", one+"/apply", obj{}).want(202)
	op.do("POST", one+"/apply", obj{"fingerprint": "abc123"}).want(202)
	d, err := b.st.Device(t.Context(), dev)
	if err != nil || d.ApprovedPlan != "abc123" {
		t.Errorf("approved plan %q, %v", d.ApprovedPlan, err)
	}
	var jobs List[Job]
	op.get("/api/v1/jobs?kind=reconcile_device").want(200).into(&jobs)
	if jobs.Total != 1 || *jobs.Items[0].DeviceID != int64(dev) || jobs.Items[0].DeviceName != "gam-1" {
		t.Fatalf("jobs: %+v", jobs)
	}
	var j Job
	op.do("POST", "/api/v1/jobs/"+id(jobs.Items[0].ID)+"/cancel", nil).want(200).into(&j)
	if j.State != "cancelled" {
		t.Errorf("a cancelled job is %s", j.State)
	}
	op.do("POST", "/api/v1/jobs/"+id(jobs.Items[0].ID)+"/retry", nil).want(200).into(&j)
	if j.State != "queued" {
		t.Errorf("a repeated job is %s", j.State)
	}
	op.do("POST", "/api/v1/jobs/999999/cancel", nil).refused(404, "not_found")
}

func TestUnmanaged(t *testing.T) {
	t.Parallel()
	b := setup(t)
	dev := b.device("gam-1")
	b.device("gam-2")
	config := gam.Config{
		SubscriberModel: gam.EndpointAware,
		Profiles:        []gam.Profile{{ID: 1, Name: "Default"}, {ID: 2, Name: "100M", Rate: gam.Rate{DownMbps: 100, UpMbps: 20}}},
		Endpoints:       []gam.Endpoint{{ID: 1, MAC: mac, Name: "apt 3", Port: 3}, {ID: 2, MAC: mac2, Name: "apt 4", Port: 4}},
		Services: []gam.Service{
			{ID: 1, Name: "anna", EndpointName: "apt 3", EndpointMAC: mac, ProfileName: "100M", VLAN: 410},
			{ID: 2, Name: "bert", EndpointName: "apt 4", EndpointMAC: mac2, ProfileName: "100M", VLAN: 411},
		},
	}
	if err := b.st.SaveConfig(t.Context(), dev, config, time.Now()); err != nil {
		t.Fatal(err)
	}
	op := b.role(store.Operator)
	var list List[Unmanaged]
	op.get("/api/v1/unmanaged").want(200).into(&list)
	if list.Total != 5 {
		t.Fatalf("unmanaged entries: %+v", list)
	}
	op.get("/api/v1/unmanaged?kind=subscriber&limit=1").want(200).into(&list)
	if list.Total != 2 || list.Items[0].Name != "anna" || *list.Items[0].EndpointMAC != mac.String() || *list.Items[0].VLANID != 410 || !list.Items[0].Adoptable || list.Next == nil {
		t.Fatalf("unmanaged subscribers: %+v", list)
	}
	op.get("/api/v1/unmanaged?kind=subscriber&limit=1&cursor=" + *list.Next).want(200).into(&list)
	if list.Items[0].Name != "bert" || list.Next != nil {
		t.Errorf("the second page: %+v", list)
	}
	op.get("/api/v1/unmanaged?cursor=x").refused(422, "invalid").field(t, "cursor", "cursor")
	op.get("/api/v1/unmanaged?sort=name").refused(422, "invalid").field(t, "sort", "sort")

	var done List[Adopted]
	op.do("POST", "/api/v1/unmanaged/adopt", obj{"device_id": int64(dev), "names": []string{"anna", "nobody"}}).want(200).into(&done)
	if done.Total != 2 || done.Items[0].SubscriberID == nil || done.Items[0].Error != "" || done.Items[1].SubscriberID != nil || done.Items[1].Error == "" {
		t.Errorf("adoption: %+v", done)
	}
	op.do("POST", "/api/v1/devices/"+id(int64(dev))+"/adopt", nil).want(200).into(&done)
	if done.Total != 1 || done.Items[0].Name != "bert" {
		t.Errorf("adoption of the rest: %+v", done)
	}
	op.get("/api/v1/unmanaged?device_id=" + id(int64(dev)) + "&kind=subscriber,endpoint").want(200).into(&list)
	if list.Total != 0 {
		t.Errorf("after the adoption: %+v", list)
	}
	op.do("POST", "/api/v1/devices/"+id(int64(dev))+"/accept-drift", nil).want(200)
}

func TestChanges(t *testing.T) {
	t.Parallel()
	b := setup(t)
	dev := b.device("gam-1")
	for i, pass := range []string{"p1", "p2"} {
		c := gam.Change{DeviceID: dev, PassID: pass, Actor: "user:anna", Result: gam.ChangeStarted, At: time.Now().Add(time.Duration(i) * time.Second), Step: gam.Step{
			Action: gam.Set, Reason: "plan changed",
			Before: &gam.Entry{Service: &gam.Service{Name: "anna", VLAN: 410}}, After: &gam.Entry{Service: &gam.Service{Name: "anna", VLAN: 411}},
		}}
		if err := b.st.AddChange(t.Context(), &c); err != nil {
			t.Fatal(err)
		}
		if err := b.st.FinishChange(t.Context(), c.ID, gam.ChangeVerified, "", 40*time.Millisecond); err != nil {
			t.Fatal(err)
		}
	}
	v := b.role(store.Viewer)
	var list List[Change]
	v.get("/api/v1/devices/" + id(int64(dev)) + "/changes").want(200).into(&list)
	if list.Total != 2 || list.Items[0].PassID != "p2" || list.Items[0].DeviceName != "gam-1" || list.Items[0].Result != "verified" ||
		list.Items[0].DurationMS != 40 || list.Items[0].Kind != "subscriber" || list.Items[0].After.Service.VLAN != 411 || list.Items[0].Before.Service.VLAN != 410 {
		t.Errorf("changes: %+v", list)
	}
	v.get("/api/v1/changes?pass_id=p1&actor=user:anna").want(200).into(&list)
	if list.Total != 1 || list.Items[0].PassID != "p1" {
		t.Errorf("changes of a pass: %+v", list)
	}
	v.get("/api/v1/devices/7777/changes").refused(404, "not_found")
}

func TestSettings(t *testing.T) {
	t.Parallel()
	b := setup(t)
	a := b.admin()
	var s Settings
	a.do("PATCH", "/api/v1/settings", obj{"endpoint_poll_s": 30, "vlan_policy": obj{"mode": "shared", "shared": 200}, "slow_plan_id": nil}).want(200).into(&s)
	if s.EndpointPollS != 30 || s.VLANPolicy.Shared != 200 || s.SlowPlanID != nil {
		t.Errorf("settings: %+v", s)
	}
	a.do("PATCH", "/api/v1/settings", obj{"endpoint_poll_s": 1}).refused(422, "invalid").field(t, "endpoint_poll_s", "out_of_range")
	a.do("PATCH", "/api/v1/settings", obj{"suspend_policy": "slow_plan", "slow_plan_id": 77}).refused(422, "invalid").field(t, "slow_plan_id", "plan_unknown")
	a.do("PATCH", "/api/v1/settings", obj{"poll": 1}).refused(422, "invalid").field(t, "poll", "unknown_field")
	var site Site
	a.do("POST", "/api/v1/sites", obj{"name": "R", "vlan_policy": obj{"mode": "unique", "range": obj{"first": 200, "last": 100}}}).
		refused(422, "invalid").field(t, "vlan_policy", "vlan_range")
	a.do("POST", "/api/v1/sites", obj{"name": "R", "vlan_policy": obj{"mode": "unique", "range": obj{"first": 200, "last": 300}}}).want(201).into(&site)
	a.do("PATCH", "/api/v1/sites/"+id(site.ID), obj{"address": "Main St"}).want(200).into(&site)
	if site.VLANPolicy.Value == nil || site.VLANPolicy.Value.Range.Last != 300 || site.Address != "Main St" {
		t.Errorf("site: %+v", site)
	}
	a.do("PATCH", "/api/v1/sites/"+id(site.ID), obj{"vlan_policy": nil}).want(200).into(&site)
	if site.VLANPolicy.Value != nil {
		t.Errorf("site without a policy of its own: %+v", site)
	}
	a.do("DELETE", "/api/v1/sites/"+id(site.ID), nil).want(204)
}
