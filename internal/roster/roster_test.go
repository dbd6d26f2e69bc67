package roster

import (
	"encoding/csv"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
	"github.com/opengam/opengam/internal/store/storetest"
)

// What goes out comes back as it was, and again into an empty store.
func TestExportComesBackUnchanged(t *testing.T) {
	var file string
	var before []gam.Subscriber
	each(t, func(b *bundle) {
		d, p := b.device("tower, north"), b.plan("gold")
		b.device("7") // looks like an id
		b.plan("8")
		tag := &gam.DoubleTag{OuterVLANID: 300, NNI: 2}
		b.create(gam.Subscriber{
			Name: "=HYPERLINK(\"x\")", Description: "'@home", DeviceID: d.ID, Port: 3, EndpointMAC: gam.MustMAC("000ed8200001"), PlanID: p.ID,
			VLANID: 200, Tagging: gam.Tagged, RemappedVLANID: 201, Port2VLANID: 202, AllowedVLANs: []int{203, 204}, DoubleTag: tag, PoE: true,
			External: []gam.ExternalRef{{CustomerID: "C-1"}, {CustomerID: "C-2"}}, Notes: "-1; \"two\", \u00e9",
		})
		b.create(gam.Subscriber{Name: "trunk", Trunk: true, Status: gam.SubSuspended})
		b.create(gam.Subscriber{Name: "allocated", DeviceID: d.ID + 1, PlanID: p.ID + 1, EndpointMAC: gam.MustMAC("000ed8200002")})
		gone := b.create(gam.Subscriber{Name: "gone", DeviceID: d.ID})
		if _, err := b.orders.End(b.ctx, anna, gone.ID); err != nil {
			b.t.Fatal(err)
		}
		before = b.all()
		file = b.export(store.ListQuery{Sort: "id"})
		b.want(b.take(file, Options{}), "4 lines: 0 created, 0 updated, 0 ended, 4 unchanged, 0 failed")
		if diff := cmp.Diff(before, b.all(), cmpopts.EquateEmpty()); diff != "" {
			b.t.Error(diff)
		}
		// Semicolons, CRLF, a mark in front and other columns first.
		rows, err := csv.NewReader(strings.NewReader(file)).ReadAll()
		b.must(err)
		var other strings.Builder
		w := csv.NewWriter(&other)
		w.Comma, w.UseCRLF = ';', true
		for _, r := range rows {
			slices.Reverse(r)
			b.must(w.Write(r))
		}
		w.Flush()
		b.want(b.take("\ufeff"+other.String(), Options{}), "4 lines: 0 created, 0 updated, 0 ended, 4 unchanged, 0 failed")
	})
	each(t, func(b *bundle) {
		b.device("tower, north")
		b.device("7")
		b.plan("gold")
		b.plan("8")
		rows, err := csv.NewReader(strings.NewReader(file)).ReadAll()
		b.must(err)
		var fresh strings.Builder
		w := csv.NewWriter(&fresh)
		for i, r := range rows[:4] {
			if i > 0 {
				r[0] = ""
			}
			b.must(w.Write(r))
		}
		w.Flush()
		b.want(b.take(fresh.String(), Options{}), "3 lines: 3 created, 0 updated, 0 ended, 0 unchanged, 0 failed")
		own := cmpopts.IgnoreFields(gam.Subscriber{}, "VLANAllocated", "Sync", "CreatedAt", "UpdatedAt", "UpdatedBy", "Version")
		if diff := cmp.Diff(before[:3], b.all(), own, cmpopts.EquateEmpty()); diff != "" {
			b.t.Error(diff)
		}
	})
}

func TestImportChanges(t *testing.T) {
	each(t, func(b *bundle) {
		d, p := b.device("tower"), b.plan("gold")
		s := b.create(gam.Subscriber{Name: "Anna", DeviceID: d.ID, PlanID: p.ID, EndpointMAC: gam.MustMAC("000ed8200001"), Notes: "keep", VLANID: 500})
		b.create(gam.Subscriber{Name: "Bert", DeviceID: d.ID, PlanID: p.ID})
		bound := b.create(gam.Subscriber{Name: "Carl", External: []gam.ExternalRef{{SystemID: 3, CustomerID: "9"}}})
		file := fmt.Sprintf("device,device_name,id,vlan_id,status,customer_id\n"+
			"tower,Anna,,501,suspended,\n"+ // by its name on the device
			"%d,Bert,,,ended,\n"+
			",,%d,,,9\n"+
			",,%d,,,10\n"+ // the same a second time
			",,77,,,\n", d.ID, bound.ID, bound.ID)
		r := b.take(file, Options{})
		b.want(r, "5 lines: 0 created, 0 updated, 0 ended, 0 unchanged, 2 failed", "5 id line_twice", "6 id subscriber_unknown")
		if r.Applied || b.all()[0].VLANID != 500 {
			b.t.Errorf("a refused file was written: %+v", r)
		}
		r = b.take(file, Options{SkipErrors: true})
		b.want(r, "5 lines: 0 created, 1 updated, 1 ended, 1 unchanged, 2 failed", "5 id line_twice", "6 id subscriber_unknown")
		all := b.all()
		if a := all[0]; !r.Applied || a.ID != s.ID || a.VLANID != 501 || a.Status != gam.SubSuspended || a.Notes != "keep" || all[1].Status != gam.SubEnded {
			b.t.Errorf("got %+v", all)
		}
		b.want(b.take(fmt.Sprintf("id,customer_id\n%d,10\n", bound.ID), Options{}), "1 lines: 0 created, 0 updated, 0 ended, 0 unchanged, 1 failed", "2 customer_id customer_id_bound")
		b.want(b.take(fmt.Sprintf("id,status\n%d,active\n", all[1].ID), Options{}), "1 lines: 0 created, 0 updated, 0 ended, 0 unchanged, 1 failed", "2  refused")
		audits, err := b.store.Audits(b.ctx, store.ListQuery{Where: map[string]string{"action": "subscribers.import"}})
		if err != nil || audits.Total != 1 || audits.Items[0].Actor != anna {
			b.t.Errorf("audit %+v, %v", audits, err)
		}
	})
}

// Lines see each other, in a dry run as well, and one job follows.
func TestImportLinesSeeEachOther(t *testing.T) {
	each(t, func(b *bundle) {
		b.device("tower")
		b.plan("gold")
		file := "name;device;endpoint_mac;plan;device_name;port;nni;poe;vlan_id;allowed_vlans;tagging\n" +
			"a;tower;000ed8200001;1;;1;;yes;;;\n" +
			"b;tower;00-0E-D8-20-00-01;1;;1;;;;;\n" +
			"c;nowhere;nomac;silver;;x;7Q;maybe;1e9;1,zwei;\n" +
			"d;tower;;1;a;;10G 1/1;;;;\n" +
			"e;tower;;1;same;;;;4095;;both\n" +
			"f;tower;;1;same;;;;;;\n" +
			"g;tower;;1;same;;;;;;\n" +
			";;;;;;;;;;\n"
		faults := []string{"3 endpoint_mac endpoint_in_use", "4 device device_unknown", "4 endpoint_mac mac", "4 plan plan_unknown", "4 port number",
			"4 nni nni", "4 poe boolean", "4 vlan_id number", "4 allowed_vlans number", "5 nni outer_vlan_needed", "6 vlan_id vlan_out_of_range", "6 tagging tagging", "8 device_name line_twice"}
		b.want(b.take(file, Options{DryRun: true}), "7 lines: 2 created, 0 updated, 0 ended, 0 unchanged, 5 failed", faults...)
		if n := len(b.all()); n != 0 {
			b.t.Errorf("a dry run made %d", n)
		}
		if r := b.take(file, Options{}); r.Created != 0 || r.Applied || len(b.all()) != 0 {
			b.t.Errorf("something was made of a faulty file: %+v", r)
		}
	})
}

// Faults beyond the limit are counted; more than one chunk is worked.
func TestImportCountsEveryFault(t *testing.T) {
	b := newBundle(t, storetest.SQLite(t))
	file := "id,name\n" + strings.Repeat("x,a\n", maxFaults+5) + strings.Repeat(",b\n", chunk+1)
	r := b.take(file, Options{SkipErrors: true})
	if len(r.Faults) != maxFaults || r.FaultCount != maxFaults+5 || r.Failed != maxFaults+5 || r.Created != chunk+1 {
		t.Errorf("%s, %d of %d faults", r.text(), len(r.Faults), r.FaultCount)
	}
	began := time.Now()
	if out := b.export(store.ListQuery{}); strings.Count(out, "\n") != chunk+2 {
		t.Errorf("%d lines", strings.Count(out, "\n"))
	}
	if d := time.Since(began); d > 20*time.Second {
		t.Errorf("an export took %s", d)
	}
}

// Where a name is not one thing's own, or looks like an id, the id is written.
func TestDirectory(t *testing.T) {
	d := newDirectory("device")
	for id, name := range map[int64]string{1: "a", 2: "twin", 3: "twin", 4: "1", 5: "99"} {
		d.add(id, name)
	}
	for id, want := range map[int64]string{0: "", 1: "a", 2: "2", 3: "3", 4: "4", 5: "5", 6: "6"} {
		if got := d.show(id); got != want {
			t.Errorf("%d is shown as %q, want %q", id, got, want)
		}
	}
	for cell, want := range map[string]int64{"a": 1, "1": 1, "4": 4, "99": 5} {
		if got, err := d.find(cell); err != nil || got != want {
			t.Errorf("%q is %d, %v, want %d", cell, got, err, want)
		}
	}
	for _, cell := range []string{"twin", "b", "77"} {
		if id, err := d.find(cell); err == nil {
			t.Errorf("%q is %d", cell, id)
		}
	}
}

// A cell that was made harmless is not a formula, and comes back as it was.
func TestHarmless(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`[='+@a\-\t\r ]{0,6}`).Draw(t, "cell")
		out := harmless(s)
		if out != "" && strings.ContainsRune("=+-@\t\r", rune(out[0])) {
			t.Errorf("%q becomes %q", s, out)
		}
		if back := harmful(out); back != s {
			t.Errorf("%q becomes %q and then %q", s, out, back)
		}
	})
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{
		"", "a,b\n1,2\n", "\ufeffa;b\r\n\"1;\"\"x\";2\r", "\"a\nb\",c\n\"", "a\x00,\xff\n", "\"a\"b,c\n", strings.Repeat(",", 200) + "\n",
		strings.Repeat("x", maxCell+1), "=1,'=2,''=3\n", "\xff\xfea\x00", "sep=;\na;b\n", "\"\"\"\",\"\"\n", "a,\"b", "\r\r\n\n",
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := newReader(data)
		if err != nil {
			return
		}
		comma := r.comma
		lines, last := 0, 0
		var rows [][]string
		clean := true
		for {
			l, ok, err := r.next()
			if err != nil {
				clean = false
				break
			}
			if !ok {
				break
			}
			if l.no <= last || len(l.cells) > maxCells || lines > len(data) {
				t.Fatalf("line %d after %d has %d cells", l.no, last, len(l.cells))
			}
			for _, c := range l.cells {
				if len(c) > maxCell || strings.ContainsRune(c, 0) {
					t.Fatalf("cell %q", c)
				}
			}
			last = l.no
			lines++
			clean = clean && l.fault == nil
			rows = append(rows, l.cells)
		}
		_, _ = open(data)
		if !clean {
			return
		}
		// Written anew by the standard library, it reads the same.
		var text strings.Builder
		w := csv.NewWriter(&text)
		w.Comma = rune(comma)
		for _, row := range rows {
			_ = w.Write(row)
		}
		w.Flush()
		again, err := newReader([]byte(text.String()))
		if err != nil || w.Error() != nil {
			t.Fatal(err, w.Error())
		}
		again.comma = comma
		for i, row := range rows {
			l, ok, err := again.next()
			if err != nil || !ok || !slices.Equal(l.cells, row) {
				t.Fatalf("row %d %q reads %q, %v, %v", i, row, l.cells, ok, err)
			}
		}
	})
}
