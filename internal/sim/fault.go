package sim

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// FaultKind is one kind of bad day.
type FaultKind string

// Faults on the way in: the call is not carried out.
const (
	FaultHang     FaultKind = "timeout"        // no answer until the client gives up
	FaultRefuse   FaultKind = "refuse"         // connection reset before an answer
	FaultHTTP500  FaultKind = "http_500"       // the web server fails
	FaultNotAGAM  FaultKind = "not_a_gam"      // somebody else's web page
	FaultPassword FaultKind = "wrong_password" // 401 whatever is sent
	FaultError    FaultKind = "error"          // vendor error Code
	FaultBusy     FaultKind = "busy"           // vendor error -53
	FaultReboot   FaultKind = "reboot"         // restarts instead of answering
)

// Faults on the way out: the call is carried out, and its answer suffers.
const (
	FaultHangAfter   FaultKind = "timeout_after" // done, but never answered
	FaultReset       FaultKind = "reset"         // connection reset in the middle of the answer
	FaultGarbage     FaultKind = "garbage"       // a body that is no JSON
	FaultTruncated   FaultKind = "truncated"     // half of the JSON, cleanly ended
	FaultHuge        FaultKind = "huge"          // an answer of 64 MiB
	FaultWrongTypes  FaultKind = "wrong_types"   // every value of another type
	FaultUnknownEnum FaultKind = "unknown_enum"  // labels that nobody knows
	FaultWrongID     FaultKind = "wrong_id"      // the answer to another call
	FaultSlow        FaultKind = "slow"          // done and answered after Delay
	FaultRebootAfter FaultKind = "reboot_after"  // answered, then restarts
	FaultSaveFails   FaultKind = "save_fails"    // a copy of a configuration is accepted and ends as errSaveDst
)

// FaultKinds lists every kind.
func FaultKinds() []FaultKind {
	return []FaultKind{
		FaultHang, FaultRefuse, FaultHTTP500, FaultNotAGAM, FaultPassword, FaultError, FaultBusy, FaultReboot,
		FaultHangAfter, FaultReset, FaultGarbage, FaultTruncated, FaultHuge, FaultWrongTypes, FaultUnknownEnum,
		FaultWrongID, FaultSlow, FaultRebootAfter, FaultSaveFails,
	}
}

// Fault is something that goes wrong with calls. The first one that fits a
// call is used.
type Fault struct {
	ID     int       `json:"id"` // given by Device.Fault
	Kind   FaultKind `json:"kind"`
	Method string    `json:"method,omitempty"` // beginning of the methods that it hits; "" = all
	Effect Effect    `json:"effect,omitempty"` // only calls with this effect; "" = all
	Skip   int       `json:"skip,omitempty"`   // calls that fit but are let through first
	Count  int       `json:"count,omitempty"`  // calls that it hits; 0 = until cleared
	Code   int       `json:"code,omitempty"`   // for error: vendor code, -1 to -57
	// Delay is how long slow takes.
	Delay time.Duration `json:"delay_ns,omitempty"`
}

// Fault sets a fault and returns its number.
func (d *Device) Fault(f Fault) (int, error) {
	if !slices.Contains(FaultKinds(), f.Kind) {
		return 0, fmt.Errorf("fault kind %q is not known; there are %v", f.Kind, FaultKinds())
	}
	if f.Kind == FaultError && vendorMessages[f.Code] == "" {
		return 0, fmt.Errorf("vendor error %d does not exist; give -1 to -57", f.Code)
	}
	if f.Skip < 0 || f.Count < 0 || f.Delay < 0 {
		return 0, fmt.Errorf("a fault's skip, count and delay are not negative")
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.faultID++
	f.ID = d.faultID
	d.faults = append(d.faults, &f)
	return f.ID, nil
}

// MustFault is Fault for tests, where a wrong kind is a mistake in the test.
func (r *Running) MustFault(t Testing, f Fault) int {
	t.Helper()
	id, err := r.Fault(f)
	if err != nil {
		t.Fatalf("%v", err)
	}
	return id
}

// Faults lists the faults that are set.
func (d *Device) Faults() []Fault {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([]Fault, len(d.faults))
	for i, f := range d.faults {
		all[i] = *f
	}
	return all
}

// ClearFault ends one fault; false when there is none of that number.
func (d *Device) ClearFault(id int) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := len(d.faults)
	d.faults = slices.DeleteFunc(d.faults, func(f *Fault) bool { return f.ID == id })
	return len(d.faults) < n
}

// ClearFaults ends all faults. Calls that hang go on hanging until their
// client gives up.
func (d *Device) ClearFaults() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.faults = nil
}

// strike finds the fault that hits a call and uses it up. d.mu is held.
func (d *Device) strike(method string, effect Effect) Fault {
	for i, f := range d.faults {
		if !strings.HasPrefix(method, f.Method) || f.Effect != "" && f.Effect != effect {
			continue
		}
		if f.Skip > 0 {
			f.Skip--
			continue
		}
		hit := *f
		if f.Count > 0 {
			if f.Count--; f.Count == 0 {
				d.faults = slices.Delete(d.faults, i, i+1)
			}
		}
		return hit
	}
	return Fault{}
}
