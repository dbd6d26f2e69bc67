package positron

import (
	"encoding/json"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/opengam/opengam/internal/gam"
)

// The types of this file are JSON values as GAMs of several firmware ages
// write them. Their UnmarshalJSON never fails: what cannot be understood is
// the same as what is missing, so that one odd member does not cost the row.

// maxText is the longest text kept of anything a device says, in bytes.
const maxText = 255

// text is a string; numbers and booleans keep their spelling.
type text string

func (t *text) UnmarshalJSON(b []byte) error {
	*t = ""
	switch {
	case len(b) == 0 || b[0] == '{' || b[0] == '[' || string(b) == "null":
	case b[0] != '"':
		*t = text(gam.Clean(string(b), maxText))
	default:
		if s, ok := asciiString(b); ok {
			*t = text(s)
			return nil
		}
		var s string
		if json.Unmarshal(b, &s) == nil {
			*t = text(gam.Clean(s, maxText))
		}
	}
	return nil
}

// asciiString is the short way for what nearly every text of a device is:
// printable ASCII without escapes.
func asciiString(b []byte) (string, bool) {
	in := b[1 : len(b)-1]
	if len(in) > maxText {
		return "", false
	}
	for _, c := range in {
		if c < ' ' || c > '~' || c == '\\' {
			return "", false
		}
	}
	return strings.TrimSpace(string(in)), true
}

// number is a whole number; text that holds one counts as one.
type number struct {
	v  int
	ok bool
}

func (n *number) UnmarshalJSON(b []byte) error {
	*n = number{}
	s := strings.TrimSpace(strings.Trim(string(b), `"`))
	if v, err := strconv.ParseInt(s, 10, 32); err == nil {
		*n = number{int(v), true}
		return nil
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil && math.Abs(f) <= math.MaxInt32 {
		*n = number{int(math.Round(f)), true}
	}
	return nil
}

// pointer is the value, or nil when there is none.
func (n number) pointer() *int {
	if !n.ok {
		return nil
	}
	v := n.v
	return &v
}

// count is the value when it is not negative, else 0.
func (n number) count() int { return max(n.v, 0) }

// flag is a boolean, also as text or as 0 and 1.
type flag struct{ v, ok bool }

func (f *flag) UnmarshalJSON(b []byte) error {
	switch strings.ToLower(strings.TrimSpace(strings.Trim(string(b), `"`))) {
	case "true", "1", "on", "yes", "enable", "enabled", "up":
		*f = flag{true, true}
	case "false", "0", "off", "no", "disable", "disabled", "down":
		*f = flag{false, true}
	default:
		*f = flag{}
	}
	return nil
}

// hwaddr is a MAC address in any spelling; unreadable or all zeroes is none.
type hwaddr struct{ gam.MAC }

func (m *hwaddr) UnmarshalJSON(b []byte) error {
	m.MAC = gam.MAC{}
	var s text
	_ = s.UnmarshalJSON(b)
	if v, err := gam.ParseMAC(string(s)); err == nil {
		m.MAC = v
	}
	return nil
}

// ifname is an interface name; "NONE", "" and the unreadable are number 0. A
// bare number is the position of a G.hn port, as one client list has it.
type ifname struct {
	kind gam.PortKind
	n    int
}

func (i *ifname) UnmarshalJSON(b []byte) error {
	var s text
	_ = s.UnmarshalJSON(b)
	*i = parseIfname(string(s))
	return nil
}

func parseIfname(s string) ifname {
	if kind, n, err := gam.ParseIf(s); err == nil {
		return ifname{kind, n}
	}
	if n, err := strconv.Atoi(s); err == nil && n >= 1 && n <= 24 {
		return ifname{gam.PortGhn, n}
	}
	return ifname{}
}

// ghn is the number of a G.hn port, 0 for anything else.
func (i ifname) ghn() int {
	if i.kind != gam.PortGhn {
		return 0
	}
	return i.n
}

// nni is the number of an uplink, 0 for anything else.
func (i ifname) nni() int {
	if i.kind != gam.PortUplink {
		return 0
	}
	return i.n
}

// vids is a list of VLAN ids, ascending and without doubles: an array of
// numbers or texts, or one text with commas and ranges.
type vids []int

// maxVIDs bounds what a hostile list can grow to; there are no more VLANs.
const maxVIDs = 4096

func (v *vids) UnmarshalJSON(b []byte) error {
	*v = nil
	var list []number
	if json.Unmarshal(b, &list) == nil {
		for _, n := range list {
			if n.ok {
				*v = append(*v, n.v)
			}
		}
	} else {
		var s text
		_ = s.UnmarshalJSON(b)
		*v = parseVIDs(string(s))
	}
	slices.Sort(*v)
	*v = slices.Compact(*v)
	if len(*v) > maxVIDs {
		*v = (*v)[:maxVIDs]
	}
	return nil
}

func parseVIDs(s string) vids {
	var out vids
	for part := range strings.FieldsFuncSeq(s, func(r rune) bool { return r == ',' || r == ' ' || r == ';' }) {
		first, last, isRange := strings.Cut(part, "-")
		from, err := strconv.Atoi(first)
		if err != nil {
			continue
		}
		to := from
		if isRange {
			if to, err = strconv.Atoi(last); err != nil {
				continue
			}
		}
		for id := from; id <= to && len(out) < maxVIDs; id++ {
			out = append(out, id)
		}
	}
	return out
}

// choice finds an enum label in its list: by label without regard to case,
// or by the number that the MIB gives it. Unknown is -1.
func choice(t text, labels ...string) int {
	s := string(t)
	for i, l := range labels {
		if strings.EqualFold(s, l) {
			return i
		}
	}
	if n, err := strconv.Atoi(s); err == nil && n >= 0 && n < len(labels) {
		return n
	}
	return -1
}

func portType(t text) gam.PortType {
	switch choice(t, "coax", "mimo", "siso") {
	case 0:
		return gam.COAX
	case 1:
		return gam.MIMO
	case 2:
		return gam.SISO
	}
	return gam.PortTypeNil
}

func endpointState(t text) gam.EndpointState {
	switch choice(t, "notDetected", "ok", "quarantinedWrongPort", "quarantinedUnknownMAC") {
	case 0:
		return gam.EndpointNotDetected
	case 1:
		return gam.EndpointOK
	case 2:
		return gam.EndpointWrongPort
	case 3:
		return gam.EndpointUnknownMAC
	}
	return gam.EndpointStateOther
}

var poeLabels = []string{string(gam.PoEDisable), string(gam.PoEEnable), string(gam.PoEForce)}

func poeMode(t text) gam.PoEMode {
	if i := choice(t, poeLabels...); i >= 0 {
		return gam.PoEMode(poeLabels[i])
	}
	return gam.PoEUnknown
}

// speedForm is a speed label: "speed1G", "speed2G5", "speed100M".
var speedForm = regexp.MustCompile(`(?i)^speed(\d{1,3})([MG])(\d?)$`)

// speedMbps reads a speed label; unknown and "undefined" are 0.
func speedMbps(t text) int {
	f := speedForm.FindStringSubmatch(string(t))
	if f == nil {
		return 0
	}
	n, _ := strconv.Atoi(f[1])
	if strings.EqualFold(f[2], "M") {
		return n
	}
	tenths, _ := strconv.Atoi(f[3])
	return n*1000 + tenths*100
}

// Uptime texts: "3d 13:32:27" of the system, "12 days, 2h 18m 33s" of an
// endpoint. Either may come from either.
var (
	clockForm = regexp.MustCompile(`(?i)^(?:(\d{1,6})\s*d(?:ays?)?,?\s*)?(\d{1,6}):(\d{1,2}):(\d{1,2})$`)
	wordsForm = regexp.MustCompile(`(?i)^(?:(\d{1,6})\s*d(?:ays?)?,?\s*)?(?:(\d{1,6})\s*h(?:ours?)?,?\s*)?(?:(\d{1,6})\s*m(?:in(?:utes?)?)?,?\s*)?(?:(\d{1,9})\s*s(?:ec(?:onds?)?)?)?$`)
)

// maxUptime is the longest uptime believed, in seconds: 31 years.
const maxUptime = 1e9

// parseUptime reads an uptime in any form seen; a bare number is seconds.
func parseUptime(s string) (time.Duration, bool) {
	s = strings.TrimSpace(s)
	if s == "" {
		return 0, false
	}
	if f, err := strconv.ParseFloat(s, 64); err == nil {
		return time.Duration(f * float64(time.Second)), f >= 0 && f < maxUptime // not so for NaN
	}
	f := clockForm.FindStringSubmatch(s)
	if f == nil {
		f = wordsForm.FindStringSubmatch(s)
	}
	if f == nil {
		return 0, false
	}
	total := 0
	for i, unit := range []int{24 * 60 * 60, 60 * 60, 60, 1} {
		n, _ := strconv.Atoi(f[i+1]) // "" is 0
		total += n * unit
	}
	return time.Duration(total) * time.Second, total < maxUptime
}

// rate is a quantity that cannot be negative, nil when there is none.
func (n number) rate() *int {
	if n.v < 0 {
		return nil
	}
	return n.pointer()
}
