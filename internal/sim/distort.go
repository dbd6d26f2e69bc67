package sim

import (
	"encoding/json"
	"net/http"
	"slices"
)

// hugeAnswer is the size of a huge answer in bytes.
const hugeAnswer = 64 << 20

// notAGAM is what the web page of something else looks like.
const notAGAM = `<!DOCTYPE html><html><head><title>Printer status</title></head><body><h1>Toner low</h1></body></html>`

const garbage = "\x00\xff\x1bGAM\x07}{]~ not json at all \xc3\x28"

// enumMembers are the members of answers whose values are labels.
var enumMembers = []string{
	"State", "SubscriberModel", "PortMode", "PortRole", "Speed", "PoeModeCtrl", "Status", "Mode",
	"ModelType", "Rfc5517Mode", "SFPType",
}

// distort is an answer's body as a fault leaves it.
func distort(kind FaultKind, body []byte) []byte {
	switch kind {
	case FaultGarbage:
		return []byte(garbage)
	case FaultTruncated:
		return body[:2*len(body)/3]
	case FaultWrongTypes:
		return rewrite(body, func(whole map[string]any) { whole["result"] = otherTypes(whole["result"]) })
	case FaultUnknownEnum:
		return rewrite(body, func(whole map[string]any) { newLabels(whole["result"]) })
	case FaultWrongID:
		return rewrite(body, func(whole map[string]any) { whole["id"] = "somebody-else" })
	}
	return body
}

func rewrite(body []byte, change func(map[string]any)) []byte {
	var whole map[string]any
	if json.Unmarshal(body, &whole) != nil {
		return body
	}
	change(whole)
	b, err := json.Marshal(whole)
	if err != nil {
		return body
	}
	return b
}

// otherTypes keeps the shape of containers one level deep and gives every
// value a type that it must not have.
func otherTypes(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, m := range v {
			v[k] = otherTypes(m)
		}
		return v
	case []any:
		if len(v) == 0 {
			return map[string]any{"not": "a list"}
		}
		for i, m := range v {
			v[i] = otherTypes(m)
		}
		return v
	case string:
		return 7
	case bool:
		return "maybe"
	case float64:
		return []any{v}
	}
	return 7
}

func newLabels(v any) {
	switch v := v.(type) {
	case map[string]any:
		for k, m := range v {
			if _, text := m.(string); text && slices.Contains(enumMembers, k) {
				v[k] = "fromTheFuture"
			} else {
				newLabels(m)
			}
		}
	case []any:
		for _, m := range v {
			newLabels(m)
		}
	}
}

// writeHuge sends an answer of hugeAnswer bytes without keeping it in memory.
func writeHuge(w http.ResponseWriter, id json.RawMessage) {
	if len(id) == 0 {
		id = null
	}
	w.Header().Set("Content-Type", "application/json")
	if _, err := w.Write([]byte(`{"id":` + string(id) + `,"error":null,"result":"`)); err != nil {
		return
	}
	chunk := make([]byte, 64<<10)
	for i := range chunk {
		chunk[i] = 'A'
	}
	for range hugeAnswer / len(chunk) {
		if _, err := w.Write(chunk); err != nil {
			return
		}
	}
	_, _ = w.Write([]byte(`"}`)) // the client is gone; there is nobody to tell
}
