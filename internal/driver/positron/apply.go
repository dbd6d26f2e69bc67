package positron

import (
	"context"
	"fmt"
	"slices"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/wire/jsonrpc"
)

// change is one step in the words of one of the vendor's tables.
type change[W any] struct {
	action gam.Action
	op     string
	t      table[W]

	from string // name as the step saw it; for add the wanted one
	to   string // wanted name; "" for remove
	id   int    // number as the step saw it, 0 when unknown

	// ours reports whether an entry found under the name is the one meant.
	ours func(W) bool
	// same reports whether an entry is as wanted.
	same func(W) bool
	// byName and byID make the whole writable object: as wanted, with what
	// we do not manage kept from the entry found, nil for a new one.
	byName func(found *W) object
	byID   func(ctx context.Context, found *W) (object, error)
	// renamed is the entry found with nothing but its name and what needs
	// the id changed, as an object by id.
	renamed func(found *W) object
	// idOnly reports whether the entry can become as wanted only by id.
	idOnly func(found W) bool
	// again makes the entry anew where the firmware cannot rename.
	again func(ctx context.Context, found W) error
	// clears reports whether a member is emptied by the change, which by
	// name may be refused or pass without effect.
	clears func(found *W) bool
	// lean drops members that old firmware may not know from an object; nil
	// when there are none.
	lean func(o object, found *W) object
}

// Apply implements driver.Provisioner. An answer lost on the way leaves open
// whether the write was made; the step is then looked at once more, from
// reading on, which writes only what is missing.
func (d *Driver) Apply(ctx context.Context, s gam.Step) error {
	if !complete(s) {
		return &driver.Error{Kind: driver.Rejected, Device: d.target.Name, Op: "apply a step", Text: "the step is not complete"}
	}
	op := opOf(s)
	release, err := d.hold(ctx, op)
	if err != nil {
		return err
	}
	defer release()
	err = d.apply(ctx, op, s, false)
	if lostAnswer(err) && ctx.Err() == nil {
		err = d.apply(ctx, op, s, true)
	}
	if err != nil {
		return d.fail(op, err)
	}
	return nil
}

// opOf names a step without its reason, which the journal keeps.
func opOf(s gam.Step) string {
	s.Reason = ""
	return s.String()
}

// complete reports whether a step says all that its action needs.
func complete(s gam.Step) bool {
	one := func(e *gam.Entry) bool {
		return e != nil && (e.Profile != nil || e.Endpoint != nil || e.Service != nil)
	}
	switch s.Action {
	case gam.Add:
		return one(s.After)
	case gam.Remove:
		return one(s.Before)
	case gam.Set:
		return one(s.Before) && one(s.After) && s.Before.Kind() == s.After.Kind()
	}
	return false
}

// apply makes one change; look says to read before an add or a removal as
// well.
func (d *Driver) apply(ctx context.Context, op string, s gam.Step, look bool) error {
	switch s.Entry().Kind() {
	case gam.KindProfile:
		return perform(ctx, d, d.profileChange(op, s), look)
	case gam.KindEndpoint:
		return perform(ctx, d, d.endpointChange(op, s), look)
	default:
		return perform(ctx, d, d.serviceChange(op, s), look)
	}
}

func perform[W any](ctx context.Context, d *Driver, c change[W], look bool) error {
	switch c.action {
	case gam.Add:
		return add(ctx, d, c, look)
	case gam.Set:
		return set(ctx, d, c)
	default:
		return remove(ctx, d, c, look)
	}
}

// add makes an entry. One that is there already, as wanted, counts as made;
// one that is there and differs was made by somebody else and is not ours to
// overwrite.
func add[W any](ctx context.Context, d *Driver, c change[W], look bool) error {
	var exists error
	if !look {
		err := create(ctx, d, c)
		if err == nil {
			return settle(ctx, d, c)
		}
		if !slices.Contains(c.t.exists, codeOf(err)) {
			return err
		}
		exists = err
	}
	found, there, err := find(ctx, d, c.op, c.t, c.to, 0)
	switch {
	case err != nil:
		return err
	case there && c.same(found):
		return nil
	case there:
		return d.changed(c.op, fmt.Sprintf("a %s named %q that differs has appeared on the device meanwhile", c.t.what, c.to))
	case exists != nil:
		return exists
	}
	if err := create(ctx, d, c); err != nil {
		return err
	}
	return settle(ctx, d, c)
}

func create[W any](ctx context.Context, d *Driver, c change[W]) error {
	if named(d, c.t) {
		err := send(d, c, nil, c.byName(nil), func(o object) error {
			return d.tell(ctx, c.op, c.t.byName+".add", c.to, o)
		})
		if driver.KindOf(err) != driver.Unsupported {
			return err
		}
	}
	o, err := c.byID(ctx, nil)
	if err != nil {
		return err
	}
	return send(d, c, nil, o, func(o object) error {
		return d.tell(ctx, c.op, c.t.byID+".add", 0, o) // 0 asks for a free id
	})
}

// settle looks at what an add has made where a member was left out because
// it is wanted empty: a firmware may have filled it in.
func settle[W any](ctx context.Context, d *Driver, c change[W]) error {
	if c.clears == nil || !c.clears(nil) || !named(d, c.t) {
		return nil
	}
	found, there, err := find(ctx, d, c.op, c.t, c.to, 0)
	if err != nil || !there || c.same(found) || !c.clears(&found) {
		return err
	}
	return rewrite(ctx, d, c, found)
}

// set changes an entry: read, merge, write the whole, and only if something
// differs.
func set[W any](ctx context.Context, d *Driver, c change[W]) error {
	found, there, err := find(ctx, d, c.op, c.t, c.from, c.id)
	if err == nil && !there && c.to != c.from {
		found, there, err = find(ctx, d, c.op, c.t, c.to, c.id) // renamed already
	}
	switch {
	case err != nil:
		return err
	case !there:
		return d.changed(c.op, fmt.Sprintf("the %s %q is no longer on the device", c.t.what, c.from))
	case !c.ours(found):
		return d.changed(c.op, fmt.Sprintf("the %s %q is another one now", c.t.what, c.from))
	case c.same(found):
		return nil
	case named(d, c.t) && c.idOnly(found):
		return setByID(ctx, d, c, found)
	}
	return write(ctx, d, c, found)
}

// setByID makes the part of a change that names cannot make, then the rest.
func setByID[W any](ctx context.Context, d *Driver, c change[W], found W) error {
	id, err := numberOf(d, c, &found)
	if err != nil {
		return err
	}
	err = d.tell(ctx, c.op, c.t.byID+".set", id, c.renamed(&found))
	if driver.KindOf(err) == driver.Unsupported {
		return c.again(ctx, found)
	}
	if err != nil {
		return err
	}
	found, there, err := find(ctx, d, c.op, c.t, c.to, c.id)
	switch {
	case err != nil:
		return err
	case !there:
		return d.changed(c.op, fmt.Sprintf("the device has accepted a new name for %q, but does not show it", c.from))
	case c.same(found):
		return nil
	}
	return write(ctx, d, c, found)
}

// write sets the whole of a found entry. What names cannot empty, on firmware
// without numbers, is made anew.
func write[W any](ctx context.Context, d *Driver, c change[W], found W) error {
	err := rewrite(ctx, d, c, found)
	if driver.KindOf(err) == driver.Unsupported && c.clears != nil && c.clears(&found) {
		return c.again(ctx, found)
	}
	return err
}

// rewrite sets the whole of a found entry in its place, by name where the
// firmware has names.
func rewrite[W any](ctx context.Context, d *Driver, c change[W], found W) error {
	if !named(d, c.t) {
		return writeByID(ctx, d, c, found)
	}
	err := send(d, c, &found, c.byName(&found), func(o object) error {
		return d.tell(ctx, c.op, c.t.byName+".set", *c.t.name(&found), o)
	})
	if driver.KindOf(err) == driver.Unsupported {
		return writeByID(ctx, d, c, found)
	}
	if c.clears == nil || !c.clears(&found) {
		return err
	}
	// Emptying a reference by name is not documented; by id it is 0.
	if err != nil && driver.KindOf(err) != driver.Rejected {
		return err
	}
	if err == nil {
		now, there, err := find(ctx, d, c.op, c.t, c.to, 0)
		if err != nil || !there || !c.clears(&now) {
			return err
		}
	}
	return writeByID(ctx, d, c, found)
}

func writeByID[W any](ctx context.Context, d *Driver, c change[W], found W) error {
	id, err := numberOf(d, c, &found)
	if err != nil {
		return err
	}
	o, err := c.byID(ctx, &found)
	if err != nil {
		return err
	}
	return send(d, c, &found, o, func(o object) error {
		return d.tell(ctx, c.op, c.t.byID+".set", id, o)
	})
}

// numberOf is the id of a found entry. Without one nothing may be written by
// id: 0 would stand for a new entry.
func numberOf[W any](d *Driver, c change[W], found *W) (int, error) {
	if id := c.t.id(found).v; id > 0 {
		return id, nil
	}
	return 0, &driver.Error{Kind: driver.Garbled, Device: d.target.Name, Op: c.op,
		Text: fmt.Sprintf("the device does not tell the number of the %s %q", c.t.what, c.from)}
}

// remove takes an entry away; one that is gone already counts as removed.
func remove[W any](ctx context.Context, d *Driver, c change[W], look bool) error {
	var refused error
	if look {
		if _, there, err := find(ctx, d, c.op, c.t, c.from, c.id); err != nil || !there {
			return err
		}
	}
	if named(d, c.t) {
		err := d.tell(ctx, c.op, c.t.byName+".del", c.from)
		switch {
		case err == nil, codeOf(err) == c.t.missing[0]:
			return nil
		case slices.Contains(c.t.missing, codeOf(err)):
			refused = err // "invalid" may mean "not there"
		case driver.KindOf(err) != driver.Unsupported:
			return err
		}
	}
	found, there, err := find(ctx, d, c.op, c.t, c.from, c.id)
	switch {
	case err != nil:
		return err
	case !there:
		return nil
	case refused != nil:
		return refused
	case !c.ours(found):
		return d.changed(c.op, fmt.Sprintf("the %s %q is another one now", c.t.what, c.from))
	}
	id, err := numberOf(d, c, &found)
	if err != nil {
		return err
	}
	err = d.tell(ctx, c.op, c.t.byID+".del", id)
	if codeOf(err) == c.t.missing[0] {
		return nil
	}
	return err
}

// find reads one entry afresh: by name, or by the number seen last where it
// still is the same, else from the whole table.
func find[W any](ctx context.Context, d *Driver, op string, t table[W], name string, id int) (found W, there bool, err error) {
	found, there, sure, err := lookUp(ctx, d, op, t, name, id)
	if err == nil && !sure {
		var all []W
		if all, err = list(ctx, d, t); err == nil {
			found, there = pick(t, all, name)
		}
	}
	if err != nil || !there || t.fill == nil {
		return found, there, err
	}
	return found, true, t.fill(ctx, d, op, &found)
}

// lookUp asks for one entry. sure is false where the answer leaves open
// whether the entry is there.
func lookUp[W any](ctx context.Context, d *Driver, op string, t table[W], name string, id int) (found W, there, sure bool, err error) {
	byName := named(d, t)
	method, key := t.byName+".get", any(name)
	if !byName {
		method, key = t.byID+".get", any(id)
		if id <= 0 {
			return found, false, false, nil
		}
	}
	raw, err := d.ask(ctx, op, method, key)
	switch kind := driver.KindOf(err); {
	case err == nil:
	case byName && codeOf(err) == t.missing[0]:
		return found, false, true, nil
	case kind == driver.Unsupported, kind == driver.Rejected:
		return found, false, false, nil
	default:
		return found, false, false, err
	}
	all, err := decodeTable(t, raw, byName)
	if err != nil {
		return found, false, false, d.garbled(op, method, err)
	}
	if len(all) == 1 { // an entry by itself may leave out the key that was asked for
		if byName && *t.name(&all[0]) == "" {
			*t.name(&all[0]) = text(name)
		}
		if !byName && !t.id(&all[0]).ok {
			*t.id(&all[0]) = number{id, true}
		}
	}
	found, there = pick(t, all, name)
	return found, there, byName || there, nil
}

func pick[W any](t table[W], all []W, name string) (found W, ok bool) {
	for i := range all {
		if string(*t.name(&all[i])) == name {
			return all[i], true
		}
	}
	return found, false
}

// send writes the whole object; where the device does not take it (invalid
// parameters), again without the members that old firmware may not know.
func send[W any](d *Driver, c change[W], found *W, o object, tell func(object) error) error {
	if c.lean == nil {
		return tell(o)
	}
	full := everyMember(c.t)
	if !named(d, c.t) || !d.lacks.has(full) { // without names it is older than those members
		return tell(c.lean(o, found))
	}
	err := tell(o)
	if codeOf(err) != jsonrpc.CodeInvalidParams || tell(c.lean(o, found)) != nil {
		return err
	}
	d.lacks.note(full)
	return nil
}

// everyMember names the full form of a table's objects, for what is lacking.
func everyMember[W any](t table[W]) string { return t.what + " with every member" }
