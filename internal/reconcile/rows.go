package reconcile

import (
	"context"
	"reflect"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// settleRows brings the rows of ownership in line with what was read: claims
// that stand become certain, and what stands without being drift is noted as
// it stands.
func (p *pass) settleRows(ctx context.Context) error {
	drifted := map[Key]bool{}
	for _, it := range p.plan.Drift {
		drifted[Key{it.Kind, it.Key}] = true
	}
	var put []gam.Owned
	for k, r := range p.rows {
		found, there := find(p.config, k.Kind, k.Key)
		if !there || drifted[k] {
			continue
		}
		if _, ok := stands(p.config, r.Written); r.Claimed && !ok {
			continue // somebody else has made one like it
		}
		n := r
		n.Claimed, n.EntryID, n.Written = false, found.ID(), found
		if r.Claimed || r.EntryID != n.EntryID || !sameEntry(r.Written, found) {
			put = append(put, n)
		}
	}
	return p.putRows(ctx, put)
}

// ownMade makes certain what the device has let this pass make, also where it
// stands otherwise than asked for: a firmware has defaults of its own.
func (p *pass) ownMade(ctx context.Context) error {
	var put []gam.Owned
	for k := range p.made {
		r := p.rows[k]
		if found, there := find(p.config, k.Kind, k.Key); there && r.Claimed {
			r.Claimed, r.EntryID, r.Written = false, found.ID(), found
			put = append(put, r)
		}
	}
	p.made = nil
	return p.putRows(ctx, put)
}

func (p *pass) putRows(ctx context.Context, put []gam.Owned) error {
	if len(put) == 0 {
		return nil
	}
	err := p.st.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, r := range put {
			if err := tx.PutOwned(ctx, p.id, r); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, r := range put {
		p.rows[Key{r.Kind, r.Key}] = r
	}
	return nil
}

// forget drops the rows of entries that are gone for good. Until the device
// has saved, nothing is: a restart brings back what was removed, and without
// its row it would not be ours any more.
func (p *pass) forget(ctx context.Context) error {
	if p.unsaved || len(p.plan.Forget) == 0 {
		return nil
	}
	err := p.st.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		for _, k := range p.plan.Forget {
			if err := tx.DropOwned(ctx, p.id, k.Kind, k.Key); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	for _, k := range p.plan.Forget {
		delete(p.rows, k)
	}
	return nil
}

// find looks an entry up by kind and key.
func find(c gam.Config, kind gam.EntryKind, key string) (gam.Entry, bool) {
	switch kind {
	case gam.KindProfile:
		v, ok := c.Profile(key)
		return gam.Entry{Profile: &v}, ok && v.ID != gam.DefaultProfileID
	case gam.KindEndpoint:
		mac, err := gam.ParseMAC(key)
		if err != nil {
			return gam.Entry{}, false
		}
		v, ok := c.Endpoint(mac)
		return gam.Entry{Endpoint: &v}, ok
	case gam.KindService:
		v, ok := c.Service(key)
		return gam.Entry{Service: &v}, ok
	}
	return gam.Entry{}, false
}

// sameEntry reports whether two entries are equal in every member.
func sameEntry(a, b gam.Entry) bool {
	switch {
	case a.Profile != nil && b.Profile != nil:
		return *a.Profile == *b.Profile
	case a.Endpoint != nil && b.Endpoint != nil:
		return *a.Endpoint == *b.Endpoint
	case a.Service != nil && b.Service != nil:
		x, y := *a.Service, *b.Service
		same := sameVLANs(x.AllowedVLANs, y.AllowedVLANs)
		x.AllowedVLANs, y.AllowedVLANs = nil, nil
		return same && reflect.DeepEqual(x, y)
	}
	return false
}
