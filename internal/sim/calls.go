package sim

import (
	"encoding/json"
	"slices"
	"time"
)

// Effect is what a method does, for the call log and the manners.
type Effect string

// Effects.
const (
	Read   Effect = "read"
	Write  Effect = "write"  // changes the running configuration
	Action Effect = "action" // reboots, clears, uploads
	Save   Effect = "save"   // copies running to startup
)

// Call is one request as the device saw it.
type Call struct {
	Seq     int             `json:"seq"`
	Start   time.Time       `json:"start"`
	End     time.Time       `json:"end"` // zero while running
	Method  string          `json:"method"`
	Params  json.RawMessage `json:"params,omitempty"`
	Effect  Effect          `json:"effect,omitempty"`
	Source  string          `json:"source"` // remote address, or "out-of-band"
	HTTP    int             `json:"http,omitempty"`
	Error   *RPCError       `json:"error,omitempty"`
	Fault   FaultKind       `json:"fault,omitempty"`
	Changed bool            `json:"changed,omitempty"` // a write that changed something
	Gone    time.Time       `json:"gone,omitzero"`     // the client went away before the answer
}

// OutOfBand is the source of calls made by Device.OutOfBand.
const OutOfBand = "out-of-band"

// Manners is how clients have behaved since the start or the last
// ForgetCalls. Out-of-band edits do not count.
type Manners struct {
	Calls             int `json:"calls"`
	Writes            int `json:"writes"`
	OverlappingCalls  int `json:"overlapping_calls"`  // began while another one ran
	OverlappingWrites int `json:"overlapping_writes"` // writes, actions and saves that did
	UnsavedWrites     int `json:"unsaved_writes"`     // changes after the last save was ordered
	LostWrites        int `json:"lost_writes"`        // changes that a reboot took because nobody had saved
	Saves             int `json:"saves"`
	IdleSaves         int `json:"idle_saves"`   // nothing had changed since the save before
	NoOpWrites        int `json:"no_op_writes"` // succeeded and changed nothing
	FailedWrites      int `json:"failed_writes"`
}

// maxCalls bounds the log; the oldest are forgotten.
const maxCalls = 50_000

// callLog is guarded by Device.mu.
type callLog struct {
	seq   int
	calls []*Call
	// unsaved counts changes of clients since the last save; any counts also
	// those made out of band.
	unsaved, any int
	saving       int // changes in the copy that is in progress
	saves, idle  int
	lost         int
}

func (l *callLog) begin(c Call) *Call {
	l.seq++
	c.Seq = l.seq
	if len(l.calls) >= maxCalls {
		l.calls = slices.Clone(l.calls[maxCalls/10:])
	}
	l.calls = append(l.calls, &c)
	return &c
}

func (l *callLog) changed(c *Call) {
	c.Changed = true
	l.any++
	if c.Source != OutOfBand {
		l.unsaved++
	}
}

func (l *callLog) saved(c *Call) {
	if c.Source != OutOfBand {
		l.saves++
		if l.any == 0 {
			l.idle++
		}
	}
	l.saving += l.unsaved
	l.unsaved, l.any = 0, 0
}

func (l *callLog) rebooted() {
	l.lost += l.unsaved + l.saving
	l.unsaved, l.any, l.saving = 0, 0, 0
}

// Calls lists the calls so far, oldest first.
func (d *Device) Calls() []Call {
	d.mu.Lock()
	defer d.mu.Unlock()
	all := make([]Call, len(d.log.calls))
	for i, c := range d.log.calls {
		all[i] = *c
	}
	return all
}

// ForgetCalls empties the log and the manners.
func (d *Device) ForgetCalls() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.log = callLog{seq: d.log.seq, any: d.log.any}
}

// goneGrace is how long the device may take to notice that a client has given
// up: what overlaps an abandoned call by less is no overlap. What the device
// does after its client has gone is nobody's bad manners.
const goneGrace = 500 * time.Millisecond

// Manners judges the calls so far.
func (d *Device) Manners() Manners {
	d.mu.Lock()
	d.settle()
	m := Manners{UnsavedWrites: d.log.unsaved, LostWrites: d.log.lost, Saves: d.log.saves, IdleSaves: d.log.idle}
	d.mu.Unlock()
	var open []Call
	for _, c := range d.Calls() {
		if c.Source == OutOfBand {
			continue
		}
		m.Calls++
		open = slices.DeleteFunc(open, func(o Call) bool { return ended(o, c.Start) })
		if len(open) > 0 {
			m.OverlappingCalls++
		}
		if c.Effect != Read && slices.ContainsFunc(open, func(o Call) bool { return o.Effect != Read }) {
			m.OverlappingWrites++
		}
		open = append(open, c)
		if c.Effect != Write {
			continue
		}
		switch {
		case c.Error != nil:
			m.FailedWrites++
		case c.Changed:
			m.Writes++
		case !c.End.IsZero() && c.HTTP == 200:
			m.Writes++
			m.NoOpWrites++
		}
	}
	return m
}

// ended reports whether a call was over when another one began.
func ended(c Call, at time.Time) bool {
	if !c.Gone.IsZero() {
		return !c.Gone.Add(-goneGrace).After(at)
	}
	return !c.End.IsZero() && !c.End.After(at)
}
