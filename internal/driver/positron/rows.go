package positron

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/opengam/opengam/internal/gam"
)

// row is one entry of a table with its key, "" when the answer had none.
type row[T any] struct {
	key text
	val T
}

// errShape is an answer of another shape than any that is known.
var errShape = errors.New("unexpected shape")

// rows reads the answer to a "get all": an array of {"key", "val"}, as
// documented, or of plain objects or [key, val] pairs; a map from key to
// object; a single object; null for an empty table. bad counts the elements
// that were none of these and are left out.
func rows[T any](raw json.RawMessage) (out []row[T], bad int, err error) {
	raw = bytes.TrimSpace(raw)
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return nil, 0, nil
	case raw[0] == '[':
		var list []json.RawMessage
		if err := json.Unmarshal(raw, &list); err != nil {
			return nil, 0, fmt.Errorf("table: %w", err)
		}
		out = make([]row[T], 0, len(list))
		for _, e := range list {
			if r, ok := element[T](e); ok {
				out = append(out, r)
			} else {
				bad++
			}
		}
		return out, bad, nil
	case raw[0] == '{':
		return objectRows[T](raw)
	}
	return nil, 0, fmt.Errorf("%w: a table was expected, got %s", errShape, gam.Clip(string(raw), 60))
}

func objectRows[T any](raw json.RawMessage) ([]row[T], int, error) {
	var m map[string]json.RawMessage
	if err := json.Unmarshal(raw, &m); err != nil {
		return nil, 0, fmt.Errorf("table: %w", err)
	}
	if len(m) == 0 {
		return nil, 0, nil
	}
	for _, v := range m {
		if v[0] == '{' {
			continue
		}
		r, ok := element[T](raw) // one member is no object: this is a single entry
		if !ok {
			return nil, 0, fmt.Errorf("%w: an entry was expected, got %s", errShape, gam.Clip(string(raw), 60))
		}
		return []row[T]{r}, 0, nil
	}
	var out []row[T]
	bad := 0
	for _, k := range slices.Sorted(maps.Keys(m)) {
		var val T
		if json.Unmarshal(m[k], &val) != nil {
			bad++
			continue
		}
		out = append(out, row[T]{text(gam.Clean(k, maxText)), val})
	}
	return out, bad, nil
}

// element reads one element of a table.
func element[T any](raw json.RawMessage) (r row[T], ok bool) {
	switch {
	case len(raw) == 0:
		return r, false
	case raw[0] == '[':
		var pair []json.RawMessage
		if json.Unmarshal(raw, &pair) != nil || len(pair) != 2 {
			return r, false
		}
		_ = r.key.UnmarshalJSON(pair[0])
		raw = pair[1]
	case raw[0] == '{':
		var kv struct {
			Key   text            `json:"key"`
			Val   json.RawMessage `json:"val"`
			Value json.RawMessage `json:"value"`
		}
		if json.Unmarshal(raw, &kv) != nil {
			return r, false
		}
		r.key = kv.Key
		switch {
		case kv.Val != nil:
			raw = kv.Val
		case kv.Value != nil:
			raw = kv.Value
		}
	}
	if len(raw) == 0 || raw[0] != '{' {
		return r, false
	}
	return r, json.Unmarshal(raw, &r.val) == nil
}

// readable is the entries that can be read; ok is false when there is
// something, and nothing of it can.
func readable[T any](raw json.RawMessage) (out []row[T], ok bool) {
	out, bad, err := rows[T](raw)
	return out, err == nil && (bad == 0 || len(out) > 0)
}

// first is the first entry; the zero value when there is none.
func first[T any](all []row[T]) (val T) {
	if len(all) > 0 {
		val = all[0].val
	}
	return val
}

// single reads a group of scalars or one entry: the object itself, or the
// first of a list. ok is false for null and for an empty list.
func single[T any](raw json.RawMessage) (val T, ok bool, err error) {
	all, bad, err := rows[T](raw)
	switch {
	case err != nil:
		return val, false, err
	case len(all) > 0:
		return all[0].val, true, nil
	case bad > 0:
		return val, false, fmt.Errorf("%w: an object was expected, got %s", errShape, gam.Clip(string(raw), 60))
	}
	return val, false, nil
}
