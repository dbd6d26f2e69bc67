package gam

import (
	"errors"
	"testing"
)

func TestCheckPortChange(t *testing.T) {
	t.Parallel()
	coax, _ := ModelByName("GAM-12-C")
	copper, _ := ModelByName("GAM-12-M")
	name := func(s string) PortChange { return PortChange{Name: &s} }
	typ := func(p PortType) PortChange { return PortChange{Type: &p} }
	for _, c := range []struct {
		what   string
		m      Model
		change PortChange
		field  string // "" = fine
		code   string
	}{
		{"nothing", coax, PortChange{}, "", ""},
		{"a name", coax, name("riser A pair 1"), "", ""},
		{"no name", coax, name(""), "", ""},
		{"31 characters", copper, name("1234567890123456789012345678901"), "", ""},
		{"32 characters", copper, name("12345678901234567890123456789012"), "name", "name_too_long"},
		{"a quote", copper, name(`riser "A"`), "name", "name_characters"},
		{"MIMO on copper", copper, typ(MIMO), "", ""},
		{"SISO on copper", copper, typ(SISO), "", ""},
		{"COAX on copper", copper, typ(COAX), "port_type", "port_type_medium"},
		{"COAX on coax", coax, typ(COAX), "", ""},
		{"MIMO on coax", coax, typ(MIMO), "port_type", "port_type_medium"},
		{"SISO on coax", coax, typ(SISO), "port_type", "port_type_medium"},
		{"no such type", copper, typ("mimo"), "port_type", "port_type"},
	} {
		t.Run(c.what, func(t *testing.T) {
			t.Parallel()
			err := c.m.CheckPortChange(c.change)
			var bad *Invalid
			switch {
			case c.field == "" && err != nil:
				t.Errorf("refused: %v", err)
			case c.field == "":
			case !errors.As(err, &bad) || len(bad.Fields) != 1 || bad.Fields[0].Field != c.field || bad.Fields[0].Code != c.code:
				t.Errorf("%v, want %s of %s", err, c.code, c.field)
			}
		})
	}
}

func TestPortChangeOn(t *testing.T) {
	t.Parallel()
	up, down, name, siso := true, false, "riser", SISO
	was := PortSettings{Number: 3, Name: "old", Type: MIMO, AdminUp: &up}
	if got := (PortChange{}).On(was); !got.Equal(was) {
		t.Errorf("nothing changed %+v to %+v", was, got)
	}
	got := PortChange{Name: &name, Type: &siso, AdminUp: &down}.On(was)
	if want := (PortSettings{Number: 3, Name: "riser", Type: SISO, AdminUp: &down}); !got.Equal(want) {
		t.Errorf("%+v, want %+v", got, want)
	}
	for _, other := range []PortSettings{
		{Number: 4, Name: "old", Type: MIMO, AdminUp: &up}, {Number: 3, Type: MIMO, AdminUp: &up}, {Number: 3, Name: "old", Type: SISO, AdminUp: &up},
		{Number: 3, Name: "old", Type: MIMO, AdminUp: &down}, {Number: 3, Name: "old", Type: MIMO},
	} {
		if other.Equal(was) || was.Equal(other) {
			t.Errorf("%+v counts as %+v", other, was)
		}
	}
	e := Entry{Port: &got}
	if e.Kind() != KindPort || e.Key() != "G.hn 1/3" || e.Name() != "G.hn 1/3" || e.ID() != 3 {
		t.Errorf("entry: %s %q %q %d", e.Kind(), e.Key(), e.Name(), e.ID())
	}
}
