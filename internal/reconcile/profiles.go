package reconcile

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/opengam/opengam/internal/gam"
)

// need is one limiter setting that subscribers are to have.
type need struct {
	rate  gam.Rate
	plan  gam.PlanID // the lowest of the plans with this setting, whose name the profile gets
	name  string
	plans []string // names of all of them
	goals []*goal
}

// aimProfiles gives every goal its profile. A profile of exactly the needed
// rate is used as it is, whoever made it; nobody is put on the default one. What is
// missing gets a slot, as long as there are slots.
func (d *differ) aimProfiles() {
	w := d.world
	needs := d.needs()
	used := map[*prof]bool{} // by goals
	for _, n := range needs {
		for _, g := range n.goals {
			if p := g.svc.prof; p != nil && d.serves(p, n.rate) {
				g.svc.toProf = p
				used[p] = true
			}
		}
	}
	var missing []*need
	for _, n := range needs {
		p := d.profileFor(n.rate, used)
		if p == nil {
			missing = append(missing, n)
			continue
		}
		n.give(p, used)
	}

	// Our profiles that nobody needs any more are to go, unless an entry that
	// stays as it is still hangs on them. Those that only an order with a
	// problem asks for are spare: they go when their slot is needed.
	var obsolete, spare []*prof
	stay, asked := d.pinnedProfiles(), d.askedRates()
	slots := gam.UsableProfiles
	for _, p := range w.profs {
		switch {
		case p.isDefault():
		case p.own == nil || stay[p] || used[p]:
			slots--
		case asked[p.v.Rate]:
			spare = append(spare, p)
		default:
			p.fate = gone
			obsolete = append(obsolete, p)
		}
	}
	slots = max(slots, 0)
	if len(missing) > slots {
		d.refuseRates(missing[slots:])
		return // Diff starts again without them
	}
	for len(spare) > 0 && len(missing) > slots-len(spare) {
		spare[0].fate = gone
		obsolete = append(obsolete, spare[0])
		spare = spare[1:]
	}
	d.retarget(missing, obsolete)
	for _, n := range missing {
		if n.goals[0].svc.toProf == nil {
			n.give(d.newProfile(n), used)
		}
	}
}

// needs lists the limiter settings of all goals without a problem, the lowest
// plan first.
func (d *differ) needs() []*need {
	byRate := map[gam.Rate]*need{}
	var all []*need
	for _, g := range d.goals {
		if _, bad := d.problems[g.SubscriberID]; bad {
			continue
		}
		if g.Rate.Unthrottled() {
			if p := g.svc.prof; p != nil && !p.isDefault() && p.v.Rate.Unthrottled() {
				g.svc.toProf = p // a profile that limits nothing is as good as none
			}
			continue
		}
		n := byRate[g.Rate]
		if n == nil {
			n = &need{rate: g.Rate, plan: g.PlanID, name: g.PlanName}
			byRate[g.Rate] = n
			all = append(all, n)
		}
		if g.PlanID < n.plan {
			n.plan, n.name = g.PlanID, g.PlanName
		}
		if !slices.Contains(n.plans, g.PlanName) {
			n.plans = append(n.plans, g.PlanName)
		}
		n.goals = append(n.goals, g)
	}
	slices.SortStableFunc(all, func(a, b *need) int {
		return cmp.Or(cmp.Compare(a.plan, b.plan), cmp.Compare(a.rate.DownMbps, b.rate.DownMbps), cmp.Compare(a.rate.UpMbps, b.rate.UpMbps))
	})
	return all
}

// serves reports whether a subscriber that is on p and needs a rate may stay.
// On the default profile too: nobody is put there, but one who was adopted
// there is not moved for nothing.
func (d *differ) serves(p *prof, r gam.Rate) bool {
	return p.v.Rate == r || !d.policy.RepairDrift && p.drifted() && p.own.Written.Profile.Rate == r
}

// drifted reports that somebody else changed the rate of a profile of ours.
func (p *prof) drifted() bool {
	return p.own != nil && !p.own.Claimed && p.own.Written.Profile.Rate != p.v.Rate
}

// profileFor finds a profile of a rate on the device: one that is used for it
// already, ours, then anybody's. One of ours that somebody else changed will
// be changed back and is no choice.
func (d *differ) profileFor(r gam.Rate, used map[*prof]bool) *prof {
	var best *prof
	rank := func(p *prof) int {
		switch {
		case p.own != nil && used[p]:
			return 0
		case p.own != nil:
			return 1
		}
		return 2
	}
	for _, p := range d.world.profs {
		if p.isDefault() || p.v.Rate != r || p.drifted() && !used[p] {
			continue
		}
		if best == nil || rank(p) < rank(best) {
			best = p
		}
	}
	return best
}

// give points every goal that has no profile yet to p.
func (n *need) give(p *prof, used map[*prof]bool) {
	used[p] = true
	for _, g := range n.goals {
		if g.svc.toProf == nil {
			g.svc.toProf = p
		}
	}
}

// pinnedProfiles is the profiles on which entries hang, or are to hang again,
// that are left as they are.
func (d *differ) pinnedProfiles() map[*prof]bool {
	m := map[*prof]bool{}
	for _, s := range d.world.svcs {
		if s.fate.pinned() && s.prof != nil {
			m[s.prof] = true
		}
	}
	rates := d.quietRates()
	for _, p := range d.world.profs {
		if p.own != nil && (rates[p.v.Rate] || rates[p.own.Written.Profile.Rate]) {
			m[p] = true
		}
	}
	return m
}

// askedRates is the rates of the orders with a problem.
func (d *differ) askedRates() map[gam.Rate]bool {
	m := map[gam.Rate]bool{}
	for i := range d.lines {
		if _, bad := d.problems[d.lines[i].SubscriberID]; bad {
			m[d.lines[i].Rate] = true
		}
	}
	return m
}

// refuseRates makes problems of the subscribers whose rates get no slot.
func (d *differ) refuseRates(over []*need) {
	var taken []string
	for _, p := range d.world.profs {
		if p.isDefault() || p.fate == gone {
			continue
		}
		whose := ""
		if p.own == nil {
			whose = ", unmanaged"
		}
		taken = append(taken, fmt.Sprintf("%s (%d/%d Mbps%s)", quote(p.v.Name), p.v.DownMbps, p.v.UpMbps, whose))
	}
	for _, n := range over {
		var plans []string
		for _, name := range n.plans {
			plans = append(plans, quote(name))
		}
		message := fmt.Sprintf("more plans than profile slots: a GAM has %d besides the default profile, and plan %s (%d/%d Mbps with overhead) finds none free; on the device are %s",
			gam.UsableProfiles, strings.Join(plans, ", "), n.rate.DownMbps, n.rate.UpMbps, strings.Join(taken, ", "))
		for _, g := range n.goals {
			d.refuse(g.SubscriberID, CodeTooManyPlans, message,
				"move subscribers to plans that are on this GAM already, or remove unmanaged profiles from it")
		}
	}
}

// retarget changes profiles of ours in place instead of replacing them: one
// write instead of one for every subscriber. It does so where all users of a
// profile go to one new rate under the same plan, and where no slot is free
// for another profile.
func (d *differ) retarget(missing []*need, obsolete []*prof) {
	w := d.world
	users := map[*prof][]*goal{}
	for _, g := range d.goals {
		if p := g.svc.prof; g.svc.present && p != nil && p.fate == gone {
			users[p] = append(users[p], g)
		}
	}
	needOf := map[*goal]*need{}
	for _, n := range missing {
		for _, g := range n.goals {
			needOf[g] = n
		}
	}
	done := map[*need]bool{}
	unused := 0
	for _, p := range obsolete {
		us := users[p]
		if !slices.ContainsFunc(us, func(g *goal) bool { return needOf[g] != nil }) {
			unused++ // everybody leaves for profiles that are there
			continue
		}
		n := needOf[us[0]]
		if n == nil || done[n] || slices.ContainsFunc(us, func(g *goal) bool { return needOf[g] != n }) {
			continue
		}
		switch {
		case p.own.Written.Profile.Rate == n.rate:
			n.change(p, driftPrefix+"rate changed")
		case sameBase(p.v.Name, profileName(n)):
			n.change(p, "rate of plan "+quote(n.name)+" changed")
		default:
			continue
		}
		done[n] = true
	}
	free := gam.UsableProfiles - w.nProfs + unused
	short := len(missing) - len(done) - max(free, 0)
	for _, p := range obsolete {
		if short <= 0 {
			return
		}
		if p.fate != gone || !slices.ContainsFunc(users[p], func(g *goal) bool { return needOf[g] != nil }) {
			continue
		}
		n := mostWanted(users[p], missing, needOf, done)
		done[n] = true
		n.change(p, "no slot is free, and plan "+quote(n.name)+" needs one")
		short--
	}
}

// mostWanted is the missing need that most users of a profile have, else the
// first that is left.
func mostWanted(users []*goal, missing []*need, needOf map[*goal]*need, done map[*need]bool) *need {
	count := map[*need]int{}
	for _, g := range users {
		count[needOf[g]]++
	}
	var best *need
	for _, n := range missing {
		if !done[n] && (best == nil || count[n] > count[best]) {
			best = n
		}
	}
	return best
}

// change makes p the profile of a need.
func (n *need) change(p *prof, reason string) {
	p.fate, p.to, p.reason = aim, p.v, reason
	p.to.Rate = n.rate
	n.give(p, map[*prof]bool{})
}

// newProfile is the profile that a need gets, named after its plan. The name
// of one of ours that is missing stays free for it.
func (d *differ) newProfile(n *need) *prof {
	w := d.world
	name := freeName(profileName(n), func(s string) bool {
		was, ours := d.ledger.profRate[s]
		return w.profByName[s] != nil || ours && was != n.rate
	})
	v := gam.Profile{Name: name, Rate: n.rate}
	p := &prof{v: v, to: v, fate: aim, reason: "needed for plan " + quote(n.name)}
	w.profByName[name] = p // reserved
	w.profs = append(w.profs, p)
	return p
}

// profileName is the name that a need's profile gets if nothing else bears it.
func profileName(n *need) string {
	name := gam.PlainName(n.name)
	if gam.CheckName(name) != nil {
		return fmt.Sprintf("plan-%d", n.plan)
	}
	return name
}

// sameBase reports whether a profile's name is the plan's, or the plan's with
// a number.
func sameBase(name, plan string) bool {
	if name == plan {
		return true
	}
	i := strings.LastIndexByte(name, '-')
	return i > 0 && i < len(name)-1 && strings.HasPrefix(plan, name[:i]) &&
		strings.Trim(name[i+1:], "0123456789") == "" && (len(plan) == i || len(name) == gam.MaxName)
}
