package store_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
	"github.com/opengam/opengam/internal/store/storetest"
)

func each(t *testing.T, fn func(t *testing.T, st *store.Store)) {
	t.Helper()
	storetest.Each(t, fn)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// got is must for a value.
func got[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		must(t, err)
		return v
	}
}

// refused checks an error's sentinel and that it names the thing.
func refused(t testing.TB, err, want error, names ...string) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Fatalf("got error %v, want %v", err, want)
	}
	for _, n := range names {
		if !strings.Contains(err.Error(), n) {
			t.Errorf("error %q does not name %q", err, n)
		}
	}
}

func same(t testing.TB, what string, have, want any) {
	t.Helper()
	if d := cmp.Diff(want, have, cmp.Comparer(func(a, b gam.Secret) bool { return a.Reveal() == b.Reveal() }), cmpopts.EquateEmpty()); d != "" {
		t.Errorf("%s (-want +have):\n%s", what, d)
	}
}

// filled gives every member of a struct a value of its own, so that a column
// that is forgotten or mixed up shows.
func filled[T any]() T {
	var v T
	n := 0
	fill(reflect.ValueOf(&v).Elem(), &n)
	return v
}

func fill(v reflect.Value, n *int) {
	*n++
	switch x := v.Addr().Interface().(type) {
	case *time.Time:
		*x = time.Date(2026, 1, 2, 3, 4, *n, *n*1000, time.UTC)
		return
	case *time.Duration:
		*x = time.Duration(*n) * time.Second
		return
	case *gam.MAC:
		*x = gam.MAC{0, 14, 216, 0, byte(*n >> 8), byte(*n)}
		return
	case *gam.Secret:
		*x = gam.NewSecret(fmt.Sprintf("secret-%d", *n))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(v.Field(i), n)
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), n)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 2, 2))
		for i := range 2 {
			fill(v.Index(i), n)
		}
	case reflect.String:
		v.SetString(fmt.Sprintf("text é' ? %d", *n))
	case reflect.Int, reflect.Int64:
		v.SetInt(int64(*n))
	case reflect.Bool:
		v.SetBool(true)
	}
}

func addDevice(t testing.TB, st *store.Store, name string) gam.Device {
	t.Helper()
	d := gam.Device{Name: name, Address: name + ".example"}
	must(t, st.AddDevice(t.Context(), &d))
	return d
}

func addPlan(t testing.TB, st *store.Store, name string) gam.Plan {
	t.Helper()
	p := gam.Plan{Name: name}
	must(t, st.AddPlan(t.Context(), &p))
	return p
}

func addSite(t testing.TB, st *store.Store, name string) gam.Site {
	t.Helper()
	s := gam.Site{Name: name}
	must(t, st.AddSite(t.Context(), &s))
	return s
}

// addSub keeps an active subscriber; change may be nil.
func addSub(t testing.TB, st *store.Store, name string, change func(*gam.Subscriber)) gam.Subscriber {
	t.Helper()
	s := gam.Subscriber{Name: name, DeviceName: name, Status: gam.SubActive, Tagging: gam.Untagged}
	if change != nil {
		change(&s)
	}
	must(t, st.AddSubscriber(t.Context(), &s))
	return s
}

func mac(n int) gam.MAC { return gam.MAC{0, 14, 216, byte(n >> 16), byte(n >> 8), byte(n)} }

// eventsSince reads what the feed told after seq, as "kind id device action".
func eventsSince(t testing.TB, st *store.Store, seq int64) []string {
	t.Helper()
	var out []string
	for _, e := range got[[]store.Event](t)(st.EventsSince(t.Context(), seq, 0)) {
		out = append(out, fmt.Sprintf("%s %s %d %s", e.Kind, e.ID, e.DeviceID, compact(e.Data)))
	}
	return out
}

// compact is JSON in one spelling; databases order and space it as they like.
func compact(b []byte) string {
	var v any
	if json.Unmarshal(b, &v) != nil {
		return string(b)
	}
	b, _ = json.Marshal(v)
	return string(b)
}
