package reconcile

import (
	"cmp"
	"maps"
	"slices"

	"github.com/opengam/opengam/internal/gam"
)

// diffOnce is Diff without a second look. A subscriber that cannot be served
// as ordered becomes a problem and what it has on the device stays as it is;
// that may be in the way of others, so it starts again with what it has
// learned until no new problem turns up.
func diffOnce(w Wanted, observed gam.Config, p Policy) Plan {
	d := &differ{
		wanted: w, observed: observed, policy: p,
		ledger:   newLedger(p.Owned),
		problems: map[gam.SubscriberID]Problem{},
	}
	d.lines = sortedBy(w.Lines, func(a, b Line) int {
		return cmp.Or(cmp.Compare(a.SubscriberID, b.SubscriberID), cmp.Compare(a.Entry.Name, b.Entry.Name))
	})
	for _, q := range w.Problems {
		d.problems[q.SubscriberID] = q
	}
	d.before = newWorld(observed, p)
	d.ledger.claim(d.before, observed)
	for {
		known := len(d.problems)
		d.aimAll()
		if len(d.problems) > known {
			continue
		}
		o := newOrderer(d)
		o.run()
		if o.stuck != 0 && d.refuse(o.stuck, CodeOrder,
			"no order of steps was found that is valid on this GAM",
			"free an endpoint, port or profile slot, or undo one of the last changes") {
			continue
		}
		return d.plan(o)
	}
}

// differ is one run of Diff.
type differ struct {
	wanted   Wanted
	lines    []Line
	observed gam.Config
	policy   Policy
	ledger   *ledger
	problems map[gam.SubscriberID]Problem // by subscriber; the first one found
	orphans  []Problem                    // problems behind which there is no order

	before *world                      // as read; nothing in it is changed
	world  *world                      // as it becomes
	mine   map[gam.SubscriberID][]*svc // our entries in world
	quiet  map[gam.SubscriberID]bool   // drift that is left alone
	goals  []*goal
}

// goal is one line on its way to the device.
type goal struct {
	*Line
	svc *svc
	ep  *ep // nil on port-aware devices
}

// refuse makes a subscriber a problem; only the first one counts. It reports
// whether that is news.
func (d *differ) refuse(id gam.SubscriberID, code, message, remedy string) bool {
	if _, ok := d.problems[id]; ok {
		return false
	}
	d.problems[id] = Problem{SubscriberID: id, Code: code, Message: message, Remedy: remedy}
	return true
}

// aimAll decides what is to become of every entry, with what is known of
// problems so far.
func (d *differ) aimAll() {
	d.world = newWorld(d.observed, d.policy)
	d.ledger.claim(d.world, d.observed)
	d.mine = d.world.bySubscriber()
	d.quiet = map[gam.SubscriberID]bool{}
	d.goals, d.orphans = nil, nil
	d.refuseDoubled()

	serve := make([]*Line, 0, len(d.lines))
	for i := range d.lines {
		l := &d.lines[i]
		if _, bad := d.problems[l.SubscriberID]; bad {
			continue
		}
		if d.leaveDrift(l) {
			d.quiet[l.SubscriberID] = true
			continue
		}
		serve = append(serve, l)
	}
	d.aimRemovals(serve)
	for _, l := range serve {
		if g := d.aimLine(l); g != nil {
			d.goals = append(d.goals, g)
		}
	}
	d.settleEndpointNames()
	d.checkNames()
	d.checkBindings()
	d.checkCapacity()
	d.bindSeen()
	d.aimProfiles()
}

// left reports that a subscriber's entries stay as they are: it has a
// problem, or drift that is not to be repaired.
func (d *differ) left(id gam.SubscriberID) bool {
	_, bad := d.problems[id]
	return bad || d.quiet[id]
}

// aimRemovals marks our entries that no order asks for.
func (d *differ) aimRemovals(serve []*Line) {
	w := d.world
	served := make(map[gam.SubscriberID]*svc, len(serve))
	macs := make(map[gam.MAC]bool, len(serve))
	for _, l := range serve {
		served[l.SubscriberID] = current(d.mine[l.SubscriberID], l.Entry.Name)
		macs[l.MAC] = true
	}
	for i := range d.lines {
		if d.left(d.lines[i].SubscriberID) {
			macs[d.lines[i].MAC] = true
		}
	}
	for _, s := range w.svcs {
		if s.own == nil || d.left(s.sub) {
			continue
		}
		if cur, ok := served[s.sub]; !ok || cur != s {
			s.fate = gone
		}
	}
	if w.model == gam.PortAware {
		return // endpoints come and go by themselves
	}
	for _, e := range w.eps {
		if e.own == nil || macs[e.v.MAC] || d.left(e.sub) {
			continue
		}
		switch s := w.svcByEP[e]; {
		case s == nil || s.own != nil && s.fate == gone:
			e.fate = gone
		case s.own == nil:
			d.orphans = append(d.orphans, Problem{
				SubscriberID: e.sub, Code: CodeAdopt,
				Message: "endpoint " + e.v.MAC.String() + " is no longer ordered, but unmanaged subscriber " + quote(s.v.Name) + " uses it",
				Remedy:  "adopt that subscriber, or remove it on the device",
			})
		case s.fate == keep && d.left(s.sub):
		default:
			e.fate = gone // its subscriber moves away
		}
	}
}

// plan collects the answer.
func (d *differ) plan(o *orderer) Plan {
	p := Plan{Steps: o.steps, Unmanaged: d.before.unmanaged(), Drift: d.drift(o), Forget: d.forget(o)}
	for _, id := range slices.Sorted(maps.Keys(d.problems)) {
		p.Problems = append(p.Problems, d.problems[id])
	}
	for _, q := range d.orphans {
		if _, known := d.problems[q.SubscriberID]; !known || q.SubscriberID == 0 {
			p.Problems = append(p.Problems, q)
		}
	}
	sortProblems(p.Problems)
	p.Affected = slices.Sorted(maps.Keys(o.affected))
	p.Waiting = len(p.Steps) > 0 && (d.policy.Mode == gam.ModeConfirm || d.policy.Mode == gam.ModeWatch)
	return p
}
