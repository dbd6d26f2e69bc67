package sim

import (
	"cmp"
	"encoding/json"
	"maps"
	"reflect"
	"slices"
)

// style is which of the two parallel groups of methods was called: by id or
// by name. Reference members of the other style are ignored.
type style byte

const (
	byID style = iota
	byName
)

// only lets a member take effect in one style; in the other its type is
// checked and its value ignored.
type only byte

const (
	anyStyle only = iota
	onlyByID
	onlyByName
	readOnly
)

// field is one member of a table's entry as clients may send it.
type field[E any] struct {
	only only
	set  func(d *Device, e *E, raw json.RawMessage, name string) *RPCError
}

// table is one of the device's three keyed tables (profiles, endpoints,
// subscribers) with everything in which they differ.
type table[E any] struct {
	group  string // as in Firmware.LacksMembers
	limit  int    // highest id
	rows   func(*config) map[int]*E
	id     func(*E) *int
	name   func(*E) *string
	fresh  func(d *Device) *E // an entry with the defaults of add
	fields map[string]field[E]
	check  func(d *Device, e *E, is style) *RPCError // refuses an entry that must not stand
	show   func(d *Device, e *E) object
	before func(d *Device, e *E) *RPCError // refuses a removal; may be nil
	after  func(d *Device, e *E)           // follows an add or set; may be nil

	// Vendor error numbers: id outside the table, no such entry, bad name,
	// name of another entry, key of an existing entry, table full.
	badID, missing, badName, taken, exists, full int
}

// key is a parsed first parameter.
type key struct {
	id   int
	name string
}

func (t *table[E]) readKey(raw json.RawMessage, is style) (key, *RPCError) {
	if is == byID {
		id, err := readUint(raw, "key", 32)
		return key{id: id}, err
	}
	name, err := readString(raw, "key", 255)
	if err != nil {
		return key{}, err
	}
	if !validName(name) {
		return key{}, fail(t.badName)
	}
	return key{name: name}, nil
}

// find gives the entry of a key, or why there is none.
func (t *table[E]) find(c *config, k key, is style) (*E, *RPCError) {
	if is == byID {
		if k.id < 1 || k.id > t.limit {
			return nil, fail(t.badID)
		}
		if e := t.rows(c)[k.id]; e != nil {
			return e, nil
		}
		return nil, fail(t.missing)
	}
	if e := t.named(c, k.name); e != nil {
		return e, nil
	}
	return nil, fail(t.missing)
}

func (t *table[E]) named(c *config, name string) *E {
	for _, e := range t.rows(c) {
		if *t.name(e) == name {
			return e
		}
	}
	return nil
}

// get answers with one entry or all; all by name come in the order of names,
// as a walk of the table gives them.
func (t *table[E]) get(is style) handler {
	return func(d *Device, p []json.RawMessage) (any, *RPCError) {
		if len(p) == 1 {
			k, err := t.readKey(p[0], is)
			if err != nil {
				return nil, err
			}
			e, err := t.find(d.running, k, is)
			if err != nil {
				return nil, err
			}
			return t.shown(d, e), nil
		}
		rows := slices.Collect(maps.Values(t.rows(d.running)))
		slices.SortFunc(rows, func(a, b *E) int {
			if is == byName {
				return cmp.Compare(*t.name(a), *t.name(b))
			}
			return cmp.Compare(*t.id(a), *t.id(b))
		})
		all := keyVal{}
		for _, e := range rows {
			if is == byName {
				all = append(all, pair{*t.name(e), t.shown(d, e)})
			} else {
				all = append(all, pair{*t.id(e), t.shown(d, e)})
			}
		}
		return all, nil
	}
}

// shown is an entry as this firmware answers it.
func (t *table[E]) shown(d *Device, e *E) object { return t.show(d, e).without(d.fw.lacks(t.group)) }

func (t *table[E]) add(is style) handler {
	return func(d *Device, p []json.RawMessage) (any, *RPCError) {
		k, err := t.readKey(p[0], is)
		if err != nil {
			return nil, err
		}
		o, err := readObject(p[1], "value")
		if err != nil {
			return nil, err
		}
		e := t.fresh(d)
		if err := t.apply(d, e, o, is); err != nil {
			return nil, err
		}
		rows := t.rows(d.running)
		switch is {
		case byID:
			if k.id > t.limit {
				return nil, fail(t.badID)
			}
			if rows[k.id] != nil {
				return nil, fail(t.exists)
			}
		case byName:
			if t.named(d.running, k.name) != nil {
				return nil, fail(t.exists)
			}
			*t.name(e) = k.name
		}
		if k.id == 0 {
			if k.id = free(rows, t.limit); k.id == 0 {
				return nil, fail(t.full)
			}
		}
		*t.id(e) = k.id
		if err := t.accept(d, e, is); err != nil {
			return nil, err
		}
		rows[k.id] = e
		if t.after != nil {
			t.after(d, e)
		}
		return nil, nil
	}
}

func (t *table[E]) set(is style) handler {
	return func(d *Device, p []json.RawMessage) (any, *RPCError) {
		k, err := t.readKey(p[0], is)
		if err != nil {
			return nil, err
		}
		o, err := readObject(p[1], "value")
		if err != nil {
			return nil, err
		}
		old, err := t.find(d.running, k, is)
		if err != nil {
			return nil, err
		}
		e := new(*old)
		if err := t.apply(d, e, o, is); err != nil {
			return nil, err
		}
		if err := t.accept(d, e, is); err != nil {
			return nil, err
		}
		if reflect.DeepEqual(old, e) {
			d.noOp = true
			return nil, nil
		}
		*old = *e
		if t.after != nil {
			t.after(d, old)
		}
		return nil, nil
	}
}

func (t *table[E]) del(is style) handler {
	return func(d *Device, p []json.RawMessage) (any, *RPCError) {
		k, err := t.readKey(p[0], is)
		if err != nil {
			return nil, err
		}
		e, err := t.find(d.running, k, is)
		if err != nil {
			return nil, err
		}
		if t.before != nil {
			if err := t.before(d, e); err != nil {
				return nil, err
			}
		}
		delete(t.rows(d.running), *t.id(e))
		return nil, nil
	}
}

// apply puts the sent members on an entry. All types are checked before any
// reference is looked up, so that a wrong type is always -32602.
func (t *table[E]) apply(d *Device, e *E, o map[string]json.RawMessage, is style) *RPCError {
	scratch := new(E)
	var look *RPCError
	for _, name := range slices.Sorted(maps.Keys(o)) {
		f, ok := t.fields[name]
		if !ok || slices.Contains(d.fw.LacksMembers, t.group+"."+name) {
			return badParams("%s: no such member", name)
		}
		to := e
		if f.only == readOnly || f.only == onlyByID && is != byID || f.only == onlyByName && is != byName {
			to = scratch
		}
		err := f.set(d, to, o[name], name)
		switch {
		case err == nil:
		case err.Code == codeInvalidParams:
			return err
		case to == e && look == nil:
			look = err
		}
	}
	return look
}

// accept refuses names and values that must not stand.
func (t *table[E]) accept(d *Device, e *E, is style) *RPCError {
	name := *t.name(e)
	if !validName(name) {
		return fail(t.badName)
	}
	if other := t.named(d.running, name); other != nil && *t.id(other) != *t.id(e) {
		return fail(t.taken)
	}
	return t.check(d, e, is)
}

// Setters for the plain kinds of member.

func text[E any](max int, at func(*E) *string) field[E] {
	return field[E]{set: func(_ *Device, e *E, raw json.RawMessage, name string) *RPCError {
		s, err := readString(raw, name, max)
		if err == nil && !printable(s) {
			err = badParams("%s: not printable", name)
		}
		if err == nil {
			*at(e) = s
		}
		return err
	}}
}

func number[E any](bits int, at func(*E) *int) field[E] {
	return field[E]{set: func(_ *Device, e *E, raw json.RawMessage, name string) *RPCError {
		v, err := readUint(raw, name, bits)
		if err == nil {
			*at(e) = v
		}
		return err
	}}
}

func flag[E any](at func(*E) *bool) field[E] {
	return field[E]{set: func(_ *Device, e *E, raw json.RawMessage, name string) *RPCError {
		v, err := readBool(raw, name)
		if err == nil {
			*at(e) = v
		}
		return err
	}}
}

func iface[E any](at func(*E) *ifindex) field[E] {
	return field[E]{set: func(_ *Device, e *E, raw json.RawMessage, name string) *RPCError {
		v, err := readIf(raw, name)
		if err == nil {
			*at(e) = v
		}
		return err
	}}
}

func vids[E any](at func(*E) *[]int) field[E] {
	return field[E]{set: func(_ *Device, e *E, raw json.RawMessage, name string) *RPCError {
		v, err := readVIDs(raw, name)
		if err == nil {
			*at(e) = v
		}
		return err
	}}
}

// ignored checks a member's type and throws its value away.
func ignored[E any](f field[E]) field[E] {
	f.only = readOnly
	return f
}

func inStyle[E any](o only, f field[E]) field[E] {
	f.only = o
	return f
}
