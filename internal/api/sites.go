package api

import (
	"context"
	"net/http"
	"time"

	"github.com/opengam/opengam/internal/gam"
)

// Site is a building.
type Site struct {
	ID         int64            `json:"id"`
	Version    int64            `json:"version" doc:"also the ETag"`
	Name       string           `json:"name"`
	Address    string           `json:"address"`
	Notes      string           `json:"notes"`
	VLANPolicy Null[VLANPolicy] `json:"vlan_policy" doc:"null: as the settings say"`
	CreatedAt  time.Time        `json:"created_at"`
}

// VLANPolicy gives out VLANs where an order names none.
type VLANPolicy struct {
	Mode   string    `json:"mode" enum:"unique,shared" doc:"one VLAN per subscriber of a site, or the same for all"`
	Range  VLANRange `json:"range" required:"false" doc:"for unique"`
	Shared int       `json:"shared" required:"false" doc:"for shared"`
}

// VLANRange is a range with both ends.
type VLANRange struct {
	First int `json:"first"`
	Last  int `json:"last"`
}

// SiteCreate adds a site.
type SiteCreate struct {
	Name       string           `json:"name" minLength:"1" maxLength:"127"`
	Address    string           `json:"address,omitempty" maxLength:"500"`
	Notes      string           `json:"notes,omitempty" maxLength:"4000"`
	VLANPolicy Null[VLANPolicy] `json:"vlan_policy,omitzero"`
}

// SitePatch changes a site; absent members stay.
type SitePatch struct {
	Name       *string          `json:"name,omitempty" minLength:"1" maxLength:"127"`
	Address    *string          `json:"address,omitempty" maxLength:"500"`
	Notes      *string          `json:"notes,omitempty" maxLength:"4000"`
	VLANPolicy Null[VLANPolicy] `json:"vlan_policy,omitzero"`
}

type siteOutput struct {
	ETag string `header:"ETag"`
	Body Site
}

type sitesInput struct {
	ListParams
	Name    string `query:"name"`
	Address string `query:"address"`
}

func (s *server) siteRoutes() {
	const list, one = "/api/v1/sites", "/api/v1/sites/{id}"
	add(s, route{method: http.MethodGet, path: list, id: "list-sites", access: Viewer, tag: "sites", summary: "List sites"}, s.listSites)
	add(s, route{method: http.MethodPost, path: list, id: "create-site", access: Operator, tag: "sites", summary: "Add a site", status: http.StatusCreated}, s.createSite)
	add(s, route{method: http.MethodGet, path: one, id: "get-site", access: Viewer, tag: "sites", summary: "Show a site"}, s.getSite)
	add(s, route{method: http.MethodPatch, path: one, id: "update-site", access: Operator, tag: "sites", summary: "Change a site"}, s.updateSite)
	add(s, route{method: http.MethodDelete, path: one, id: "delete-site", access: Operator, tag: "sites", summary: "Remove a site", doc: "Refused while devices are in it."}, s.deleteSite)
}

func (s *server) listSites(ctx context.Context, in *sitesInput) (*listOutput[Site], error) {
	p, err := s.store.Sites(ctx, listQuery(in))
	if err != nil {
		return nil, err
	}
	return page(p, siteOf), nil
}

func (s *server) getSite(ctx context.Context, in *idInput) (*siteOutput, error) {
	site, err := s.store.Site(ctx, gam.SiteID(in.ID))
	if err != nil {
		return nil, err
	}
	return &siteOutput{etag(site.Version), siteOf(site)}, nil
}

func (s *server) createSite(ctx context.Context, in *struct{ Body SiteCreate }) (*siteOutput, error) {
	b := in.Body
	site := gam.Site{Name: b.Name, Address: b.Address, Notes: b.Notes, VLANPolicy: policyIn(b.VLANPolicy.Value)}
	if err := s.checkSite(ctx, site); err != nil {
		return nil, err
	}
	err := s.audited(ctx, "site.create", func(ctx context.Context, w writer) (string, error) {
		err := w.AddSite(ctx, &site)
		return object("site", site.ID, site.Name), err
	})
	if err != nil {
		return nil, err
	}
	return s.getSite(ctx, &idInput{int64(site.ID)})
}

func (s *server) updateSite(ctx context.Context, in *struct {
	IDMatch
	Body SitePatch
}) (*siteOutput, error) {
	site, err := s.store.Site(ctx, gam.SiteID(in.ID))
	if err != nil {
		return nil, err
	}
	if err := in.check("site "+site.Name, site.Version); err != nil {
		return nil, err
	}
	b := in.Body
	site.Name = given(b.Name, site.Name)
	site.Address = given(b.Address, site.Address)
	site.Notes = given(b.Notes, site.Notes)
	if b.VLANPolicy.Set {
		site.VLANPolicy = policyIn(b.VLANPolicy.Value)
	}
	if err := s.checkSite(ctx, site); err != nil {
		return nil, err
	}
	err = s.audited(ctx, "site.update", func(ctx context.Context, w writer) (string, error) {
		return object("site", site.ID, site.Name), w.UpdateSite(ctx, &site)
	})
	if err != nil {
		return nil, err
	}
	return s.getSite(ctx, &idInput{in.ID})
}

func (s *server) deleteSite(ctx context.Context, in *IDMatch) (*none, error) {
	site, err := s.store.Site(ctx, gam.SiteID(in.ID))
	if err != nil {
		return nil, err
	}
	if err := in.check("site "+site.Name, site.Version); err != nil {
		return nil, err
	}
	return nil, s.audited(ctx, "site.delete", func(ctx context.Context, w writer) (string, error) {
		return object("site", site.ID, site.Name), w.DeleteSite(ctx, site.ID)
	})
}

// checkSite refuses a VLAN policy that could give out nothing.
func (s *server) checkSite(ctx context.Context, site gam.Site) error {
	if site.VLANPolicy == nil {
		return nil
	}
	set, _, err := s.store.Settings(ctx)
	if err != nil {
		return err
	}
	var bad gam.Invalid
	bad.Check("vlan_policy", site.VLANPolicy.Check(set.SubscriberVLANs))
	return bad.Err()
}

func siteOf(s gam.Site) Site {
	out := Site{ID: int64(s.ID), Version: s.Version, Name: s.Name, Address: s.Address, Notes: s.Notes, VLANPolicy: some[VLANPolicy](nil), CreatedAt: s.CreatedAt.UTC()}
	if s.VLANPolicy != nil {
		p := policyOut(*s.VLANPolicy)
		out.VLANPolicy = some(&p)
	}
	return out
}

func policyIn(p *VLANPolicy) *gam.VLANPolicy {
	if p == nil {
		return nil
	}
	return &gam.VLANPolicy{Mode: gam.VLANMode(p.Mode), Range: gam.VLANRange(p.Range), Shared: p.Shared}
}

func policyOut(p gam.VLANPolicy) VLANPolicy {
	return VLANPolicy{Mode: string(p.Mode), Range: VLANRange(p.Range), Shared: p.Shared}
}
