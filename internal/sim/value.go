package sim

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"

	"github.com/opengam/opengam/internal/gam"
)

// member is one member of an answer's object.
type member struct {
	name  string
	value any
}

// object is an answer's object; unlike a map it keeps the device's order.
type object []member

// MarshalJSON implements json.Marshaler.
func (o object) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, m := range o {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Quote(m.name))
		b.WriteByte(':')
		v, err := json.Marshal(m.value)
		if err != nil {
			return nil, err
		}
		b.Write(v)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

// pair is one element of a get-all answer.
type pair struct {
	Key any `json:"key"`
	Val any `json:"val"`
}

// keyVal is a get-all answer before quirks are put on it; an empty one is
// written as [].
type keyVal []pair

// without drops members that a firmware does not know.
func (o object) without(names []string) object {
	return slices.DeleteFunc(o, func(m member) bool { return slices.Contains(names, m.name) })
}

// quoteNumbers turns every number into a string, for firmware that answers
// so.
func (o object) quoteNumbers() object {
	for i, m := range o {
		switch v := m.value.(type) {
		case int:
			o[i].value = strconv.Itoa(v)
		case uint64:
			o[i].value = strconv.FormatUint(v, 10)
		}
	}
	return o
}

// Readers of single parameters. Each accepts exactly the documented form of
// its contract type and refuses everything else with -32602.

func readString(raw json.RawMessage, name string, max int) (string, *RPCError) {
	if len(raw) == 0 || raw[0] != '"' {
		return "", badParams("%s: string expected", name)
	}
	var s string
	if err := json.Unmarshal(raw, &s); err != nil {
		return "", badParams("%s: string expected", name)
	}
	if len(s) > max {
		return "", badParams("%s: longer than %d", name, max)
	}
	return s, nil
}

// readUint reads an unsigned number of the given bits. Strings are refused
// even though one client sends them: numbers are the documented form.
func readUint(raw json.RawMessage, name string, bits int) (int, *RPCError) {
	v, err := strconv.ParseUint(string(raw), 10, bits)
	if err != nil {
		return 0, badParams("%s: number expected", name)
	}
	return int(v), nil
}

// readInt reads a signed 32-bit number.
func readInt(raw json.RawMessage, name string) (int, *RPCError) {
	v, err := strconv.ParseInt(string(raw), 10, 32)
	if err != nil {
		return 0, badParams("%s: number expected", name)
	}
	return int(v), nil
}

func readBool(raw json.RawMessage, name string) (bool, *RPCError) {
	switch string(raw) {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, badParams("%s: true or false expected", name)
}

func readEnum(raw json.RawMessage, name string, labels []string) (string, *RPCError) {
	s, err := readString(raw, name, 64)
	if err != nil {
		return "", err
	}
	if !slices.Contains(labels, s) {
		return "", badParams("%s: unknown label %q", name, s)
	}
	return s, nil
}

var macForm = regexp.MustCompile(`^[0-9A-Fa-f]{2}(:[0-9A-Fa-f]{2}){5}$`)

func readMAC(raw json.RawMessage, name string) (gam.MAC, *RPCError) {
	s, err := readString(raw, name, 17)
	if err != nil {
		return gam.MAC{}, err
	}
	if !macForm.MatchString(s) {
		return gam.MAC{}, badParams("%s: MAC address expected", name)
	}
	var m gam.MAC
	for i := range m {
		b, _ := strconv.ParseUint(s[3*i:3*i+2], 16, 8)
		m[i] = byte(b)
	}
	return m, nil
}

func readVIDs(raw json.RawMessage, name string) ([]int, *RPCError) {
	var list []json.RawMessage
	if len(raw) == 0 || raw[0] != '[' || json.Unmarshal(raw, &list) != nil {
		return nil, badParams("%s: array of VLAN ids expected", name)
	}
	var vids []int
	for _, r := range list {
		v, err := readUint(bytes.TrimSpace(r), name, 16)
		if err != nil {
			return nil, err
		}
		if v > 4095 {
			return nil, badParams("%s: %d is no VLAN id", name, v)
		}
		vids = append(vids, v)
	}
	slices.Sort(vids)
	return slices.Compact(vids), nil // the device keeps a bitmap
}

// ifKind tells the three kinds of interface apart; none is "NONE".
type ifKind byte

const (
	ifNone ifKind = iota
	ifGhn
	ifUplink
	ifMgmt
)

// ifindex is an interface of the device. The zero value is "NONE".
type ifindex struct {
	kind ifKind
	n    int
}

var ifForm = regexp.MustCompile(`^(G\.hn|10G|Gi) 1/([1-9][0-9]?)$`)

// readIf reads an interface name. Only the device's own spelling is taken;
// numbers are refused.
func readIf(raw json.RawMessage, name string) (ifindex, *RPCError) {
	s, err := readString(raw, name, 32)
	if err != nil {
		return ifindex{}, err
	}
	if s == "NONE" {
		return ifindex{}, nil
	}
	f := ifForm.FindStringSubmatch(s)
	if f == nil {
		return ifindex{}, badParams("%s: interface name expected", name)
	}
	n, _ := strconv.Atoi(f[2])
	return ifindex{map[string]ifKind{"G.hn": ifGhn, "10G": ifUplink, "Gi": ifMgmt}[f[1]], n}, nil
}

func (i ifindex) String() string {
	switch i.kind {
	case ifGhn:
		return "G.hn 1/" + strconv.Itoa(i.n)
	case ifUplink:
		return "10G 1/" + strconv.Itoa(i.n)
	case ifMgmt:
		return "Gi 1/" + strconv.Itoa(i.n)
	}
	return "NONE"
}

// MarshalText makes an interface its name in answers.
func (i ifindex) MarshalText() ([]byte, error) { return []byte(i.String()), nil }

func ghn(n int) ifindex {
	if n == 0 {
		return ifindex{}
	}
	return ifindex{ifGhn, n}
}

func uplink(n int) ifindex {
	if n == 0 {
		return ifindex{}
	}
	return ifindex{ifUplink, n}
}

// readObject takes an object apart without touching its values.
func readObject(raw json.RawMessage, name string) (map[string]json.RawMessage, *RPCError) {
	var o map[string]json.RawMessage
	if len(raw) == 0 || raw[0] != '{' || json.Unmarshal(raw, &o) != nil {
		return nil, badParams("%s: object expected", name)
	}
	for k, v := range o {
		o[k] = bytes.TrimSpace(v)
	}
	return o, nil
}

// printable reports whether a name is one that the device's configuration
// file can hold: ASCII without quotes, backslash and question mark, no blank
// at either end.
func printable(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < 32 || c > 126 || c == '"' || c == '\\' || c == '?' {
			return false
		}
	}
	return s == "" || s[0] != ' ' && s[len(s)-1] != ' '
}

// maxNameLen is the longest name of anything on the device.
const maxNameLen = 31

func validName(s string) bool { return s != "" && len(s) <= maxNameLen && printable(s) }
