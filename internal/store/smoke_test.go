package store_test

import (
	"testing"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
	"github.com/opengam/opengam/internal/store/storetest"
)

func TestSmoke(t *testing.T) {
	storetest.Each(t, func(t *testing.T, st *store.Store) {
		d := gam.Device{Name: "a"}
		d.Access.JSONRPC.Password = gam.NewSecret("x")
		if err := st.AddDevice(t.Context(), &d); err != nil {
			t.Fatal(err)
		}
		p, err := st.Devices(t.Context(), store.ListQuery{Q: "a"})
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%+v", p)
	})
}
