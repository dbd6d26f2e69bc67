package reconcile

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// In mode confirm a person approves one plan by its fingerprint. What was
// approved is kept while it is carried out, step by step, so that the pass
// after a crash or a refusal may finish it: every step that is left is one
// that the person has seen. When all is done the approval is used up; the
// same changes would need another one.

// approval is a plan that is being carried out.
type approval struct {
	Plan  string   `json:"plan"`  // the fingerprint that was approved
	Steps []string `json:"steps"` // what each step makes, see makes
}

func (p *pass) approvalKey() string { return fmt.Sprintf("approved_plan/%d", p.id) }

// loadApproval reads what an earlier pass has begun to carry out.
func (p *pass) loadApproval(ctx context.Context) error {
	if p.device.Mode != gam.ModeConfirm || p.device.ApprovedPlan == "" {
		return nil
	}
	kept, err := p.st.Meta(ctx, p.approvalKey())
	if errors.Is(err, gam.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if err := json.Unmarshal([]byte(kept), &p.approval); err != nil {
		p.log.WarnContext(ctx, "what is left of an approved plan needs another approval", "err", err)
		p.approval = approval{}
	}
	return nil
}

// approved reports whether a person has approved each step of the plan.
func (p *pass) approved() bool {
	if p.device.ApprovedPlan == "" {
		return false
	}
	if p.plan.Fingerprint() == p.device.ApprovedPlan {
		return true
	}
	if p.approval.Plan != p.device.ApprovedPlan {
		return false
	}
	seen := make(map[string]bool, len(p.approval.Steps))
	for _, s := range p.approval.Steps {
		seen[s] = true
	}
	for _, s := range p.plan.Steps {
		if !seen[makes(s)] {
			return false
		}
	}
	return true
}

// makes tells what a step makes of which entry, whatever stood there before:
// that differs when the steps before it were made in another pass.
func makes(s gam.Step) string {
	e := s.Entry()
	switch {
	case s.After == nil:
		return fmt.Sprintf("remove %s %s", e.Kind(), e.Key())
	case e.Profile != nil:
		return fmt.Sprintf("profile %+v", gam.Profile{Name: e.Profile.Name, Rate: e.Profile.Rate})
	case e.Endpoint != nil:
		v := *e.Endpoint
		v.ID = 0
		return fmt.Sprintf("endpoint %+v", v)
	default:
		v := *e.Service
		v.ID = 0
		if v.PoE == gam.PoEUnknown {
			v.PoE = gam.PoEDisable // not spoken of, and so off
		}
		return fmt.Sprintf("subscriber %+v", v)
	}
}

// keepApproval writes down what is about to be carried out.
func (p *pass) keepApproval(ctx context.Context) error {
	if p.device.Mode != gam.ModeConfirm || p.approval.Plan == p.device.ApprovedPlan {
		return nil
	}
	p.approval = approval{Plan: p.device.ApprovedPlan}
	for _, s := range p.plan.Steps {
		p.approval.Steps = append(p.approval.Steps, makes(s))
	}
	b, err := json.Marshal(p.approval)
	if err != nil {
		return fmt.Errorf("keep the approved plan of %s: %w", p.device.Name, err)
	}
	return p.st.SetMeta(ctx, p.approvalKey(), string(b))
}

// useUp ends an approval whose plan has been carried out.
func (p *pass) useUp(ctx context.Context) error {
	if p.device.Mode != gam.ModeConfirm || p.approval.Plan == "" || len(p.failed) > 0 || len(p.allowed()) > 0 {
		return nil
	}
	return p.st.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if _, err := tx.TakeMeta(ctx, p.approvalKey()); err != nil && !errors.Is(err, gam.ErrNotFound) {
			return err
		}
		now, err := tx.Device(ctx, p.id)
		if err != nil || now.ApprovedPlan != p.approval.Plan {
			return err // another plan has been approved meanwhile
		}
		return tx.ApprovePlan(ctx, p.id, "")
	})
}
