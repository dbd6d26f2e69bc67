package api

import (
	"context"
	"fmt"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
)

// UpgradeInput asks for an endpoint's upgrade.
type UpgradeInput struct {
	Force bool `json:"force,omitempty" doc:"upgrade although its firmware fits"`
}

// Diagnosis is what a look at an endpoint has found.
type Diagnosis struct {
	Summary string            `json:"summary" doc:"in one sentence: the worst first, with what to do"`
	Checks  []DiagnosticCheck `json:"checks" nullable:"false"`
}

// DiagnosticCheck is one quantity with its verdict.
type DiagnosticCheck struct {
	Code    string `json:"code" doc:"stable, for programs" example:"phy_symmetry"`
	Name    string `json:"name" example:"PHY rates of both directions"`
	Value   string `json:"value" doc:"what was found, for people"`
	Verdict string `json:"verdict" enum:"good,suspect,bad,unknown"`
	Rule    string `json:"rule" doc:"what the verdict rests on"`
	Advice  string `json:"advice" doc:"what to do; empty when good"`
}

type diagnosisOutput struct{ Body Diagnosis }

func (s *server) upgradeEndpoint(ctx context.Context, in *struct {
	MACParam
	Body *UpgradeInput `required:"false"`
}) (*queuedOutput, error) {
	force := in.Body != nil && in.Body.Force
	return s.onEndpoint(ctx, in.MACParam, "endpoint.upgrade", func(ctx context.Context, id gam.DeviceID, mac gam.MAC) error {
		if !force {
			// Asked now: right after an upgrade the last poll still says that
			// it does not fit.
			e, err := s.devices.Endpoint(ctx, id, mac)
			if err != nil {
				return err
			}
			switch {
			case e.DetectedPort == 0:
				return fmt.Errorf("upgrade endpoint %s: %w: the device does not see it now; check its power and cabling", mac, gam.ErrConflict)
			case !e.FwMismatch:
				return fmt.Errorf("upgrade endpoint %s: %w: its firmware fits its device already; send force: true to upgrade it all the same", mac, gam.ErrConflict)
			}
		}
		return s.devices.UpgradeEndpoint(ctx, id, mac)
	}, "the endpoint upgrades itself and restarts; it is back within a few minutes")
}

func (s *server) diagnoseEndpoint(ctx context.Context, in *MACParam) (*diagnosisOutput, error) {
	mac, err := in.parse()
	if err != nil {
		return nil, err
	}
	e, err := s.store.Endpoint(ctx, mac)
	if err != nil {
		return nil, err
	}
	d, err := s.store.Device(ctx, e.DeviceID)
	if err != nil {
		return nil, err
	}
	now := gam.Symptoms{}
	now.Status, err = s.devices.Endpoint(ctx, d.ID, mac)
	switch {
	case err == nil:
	case driver.KindOf(err) == driver.Rejected: // neither configured nor seen any more
		now.Status = gam.EndpointStatus{MAC: mac, State: gam.EndpointNotDetected}
	default:
		return nil, err
	}
	if now.Status.DetectedPort != 0 {
		now.Links, err = s.devices.EndpointLinks(ctx, d.ID, mac)
		if err != nil {
			if driver.KindOf(err) == "" {
				return nil, err
			}
			now.LinksTrouble = err.Error()
		}
	}
	if hw, ok := d.Hardware(); ok {
		now.Medium = hw.Medium
	}
	if now.OnPort, err = s.countOnPort(ctx, d.ID, mac, now.Status); err != nil {
		return nil, err
	}
	found := gam.Diagnose(now)
	out := &diagnosisOutput{Diagnosis{Summary: found.Summary, Checks: make([]DiagnosticCheck, len(found.Checks))}}
	for i, c := range found.Checks {
		out.Body.Checks[i] = DiagnosticCheck{Code: c.Code, Name: c.Name, Value: c.Value, Verdict: string(c.Verdict), Rule: c.Rule, Advice: c.Advice}
	}
	return out, nil
}

// countOnPort is how many endpoints share the port where this one is, by the
// last reading of the others.
func (s *server) countOnPort(ctx context.Context, id gam.DeviceID, mac gam.MAC, e gam.EndpointStatus) (int, error) {
	port := e.DetectedPort
	if port == 0 {
		port = e.ConfigPort
	}
	if port == 0 {
		return 0, nil
	}
	all, err := s.store.EndpointsOf(ctx, id)
	if err != nil {
		return 0, err
	}
	n := 1
	for _, other := range all {
		if other.MAC != mac && other.Port() == port {
			n++
		}
	}
	return n, nil
}
