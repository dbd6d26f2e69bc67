package reconcile

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/opengam/opengam/internal/gam"
)

// Wanted is what one device should hold, worked out from the orders alone.
type Wanted struct {
	Lines []Line
	// Absent says for subscribers that are known and not to be served why,
	// in a word or two for the journal ("suspended").
	Absent map[gam.SubscriberID]string
	// Problems are orders that cannot be served as they stand. What such a
	// subscriber has on the device is left alone.
	Problems []Problem
}

// Line is one subscriber that is to be served.
type Line struct {
	SubscriberID gam.SubscriberID
	PlanID       gam.PlanID
	PlanName     string
	Rate         gam.Rate // limiter setting; zero = unthrottled
	MAC          gam.MAC  // endpoint, for endpoint-aware devices
	Port         int      // G.hn port; 0 = wherever the endpoint is
	SeenPort     int      // where the endpoint is detected; 0 = not, or not known
	// Entry is the subscriber entry without the members that depend on what
	// else is on the device: endpoint, port and profile name.
	Entry gam.Service
}

// Want works out what a device should hold. It applies the subscribers'
// statuses and the operator's suspend policy, and turns plans into limiter
// settings of the device's medium. The result is ordered by subscriber.
func Want(device gam.Device, subs []gam.Subscriber, plans map[gam.PlanID]gam.Plan, set gam.Settings) Wanted {
	w := Wanted{Absent: map[gam.SubscriberID]string{}}
	for _, s := range subs {
		if s.DeviceID != device.ID {
			continue
		}
		if s.Status == gam.SubSuspended && set.SuspendPolicy == gam.SuspendSlow {
			s.PlanID = set.SlowPlanID
		}
		if why := absent(s, set); why != "" {
			w.Absent[s.ID] = why
			continue
		}
		l, problem := line(s, plans, set, mediumOf(device))
		if problem != nil {
			w.Problems = append(w.Problems, *problem)
			continue
		}
		w.Lines = append(w.Lines, l)
	}
	slices.SortFunc(w.Lines, func(a, b Line) int { return cmp.Compare(a.SubscriberID, b.SubscriberID) })
	sortProblems(w.Problems)
	return w
}

// part is what one subscriber has in Wanted.
type part struct {
	line    *Line
	absent  string
	problem *Problem
}

// bySubscriber takes Wanted apart, so that two can be compared.
func (w Wanted) bySubscriber() map[gam.SubscriberID]part {
	m := make(map[gam.SubscriberID]part, len(w.Lines))
	for _, l := range w.Lines {
		l.SeenPort = 0 // nobody orders where an endpoint is seen
		m[l.SubscriberID] = part{line: &l}
	}
	for id, why := range w.Absent {
		m[id] = part{absent: why}
	}
	for i := range w.Problems {
		m[w.Problems[i].SubscriberID] = part{problem: &w.Problems[i]}
	}
	return m
}

// mediumOf is the device's medium; a device that has not been read yet is
// taken for copper, whose limits the API checks too.
func mediumOf(d gam.Device) gam.Medium {
	if hw, ok := d.Hardware(); ok {
		return hw.Medium
	}
	return d.Medium
}

// absent says why a subscriber is not to be on its device, "" when it is.
func absent(s gam.Subscriber, set gam.Settings) string {
	switch s.Status {
	case gam.SubActive:
		return ""
	case gam.SubSuspended:
		if set.SuspendPolicy == gam.SuspendGarden || set.SuspendPolicy == gam.SuspendSlow {
			return ""
		}
		return "suspended"
	case gam.SubPending:
		return "not placed yet"
	}
	return "ended"
}

func line(s gam.Subscriber, plans map[gam.PlanID]gam.Plan, set gam.Settings, m gam.Medium) (Line, *Problem) {
	refuse := func(code, message, remedy string) (Line, *Problem) {
		return Line{}, &Problem{SubscriberID: s.ID, Code: code, Message: message, Remedy: remedy}
	}
	plan, ok := plans[s.PlanID]
	switch {
	case s.PlanID == 0:
		return refuse(CodeNoPlan, fmt.Sprintf("subscriber %q has no plan", s.Name), "choose a plan for it")
	case !ok:
		return refuse(CodeNoPlan, fmt.Sprintf("plan %d of subscriber %q does not exist", s.PlanID, s.Name), "choose a plan that exists; for suspended subscribers look at the slow plan in the settings")
	}
	e := gam.Service{
		Name:         s.DeviceName,
		Description:  gam.DeviceText(s.Description, gam.MaxDescription),
		VLAN:         s.VLANID,
		Tagged:       s.Tagging == gam.Tagged,
		RemappedVLAN: s.RemappedVLANID,
		Port2VLAN:    s.Port2VLANID,
		AllowedVLANs: sorted(s.AllowedVLANs),
		Trunk:        s.Trunk,
	}
	if d := s.DoubleTag; d != nil {
		e.DoubleTag, e.OuterVLAN, e.NNI = true, d.OuterVLANID, d.NNI
	}
	if s.PoE {
		e.PoE = gam.PoEEnable
	}
	if s.Status == gam.SubSuspended && set.SuspendPolicy == gam.SuspendGarden {
		// The garden is the only way out: what the endpoint's second port,
		// the extra VLANs or a trunk carry would otherwise go on working, and
		// an outer tag would lead past the portal.
		e.VLAN, e.Port2VLAN, e.AllowedVLANs, e.Trunk = set.WalledGardenVLAN, 0, nil, false
		e.DoubleTag, e.OuterVLAN, e.NNI = false, 0, 0
	}
	if err := gam.CheckName(e.Name); err != nil {
		return refuse(CodeName, fmt.Sprintf("subscriber %q: %v", s.Name, err), "give it another name on the device")
	}
	if err := gam.CheckVLAN(e.VLAN); err != nil {
		return refuse(CodeVLAN, fmt.Sprintf("subscriber %q: %v", s.Name, err), "give it a VLAN, or check the VLAN policy in the settings")
	}
	return Line{
		SubscriberID: s.ID,
		PlanID:       plan.ID,
		PlanName:     plan.Name,
		Rate:         plan.Rate(m),
		MAC:          s.EndpointMAC,
		Port:         s.Port,
		Entry:        e,
	}, nil
}

// sorted copies VLANs in ascending order without doubles; nil when empty.
func sorted(vs []int) []int {
	if len(vs) == 0 {
		return nil
	}
	c := slices.Clone(vs)
	slices.Sort(c)
	return slices.Compact(c)
}
