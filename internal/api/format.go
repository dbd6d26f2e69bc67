package api

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"reflect"
	"strings"

	"github.com/danielgtaylor/huma/v2"
)

// jsonFormat is the one format that goes in and out.
var jsonFormat = huma.Format{
	Marshal: huma.DefaultJSONFormat.Marshal,
	Unmarshal: func(data []byte, v any) error {
		// The decoder would accept a name in any case and take the last of
		// two; one name, one spelling.
		if err := oneOfEach(data); err != nil {
			return err
		}
		return json.Unmarshal(data, v)
	},
}

var errDoubled = errors.New("json: a name stands twice in one object")

// oneOfEach refuses an object in which a name stands twice, whatever the case:
// what was checked and what is used could differ.
func oneOfEach(data []byte) error {
	type frame struct {
		names map[string]bool // nil for a list
		value bool            // the next token is a value
	}
	var stack []frame
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.UseNumber()
	for {
		tok, err := dec.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		top := len(stack) - 1
		if name, ok := tok.(string); ok && top >= 0 && stack[top].names != nil && !stack[top].value {
			name = strings.ToLower(name)
			if stack[top].names[name] {
				return errDoubled
			}
			stack[top].names[name], stack[top].value = true, true
			continue
		}
		if top >= 0 {
			stack[top].value = false
		}
		switch tok {
		case json.Delim('{'):
			stack = append(stack, frame{names: map[string]bool{}})
		case json.Delim('['):
			stack = append(stack, frame{})
		case json.Delim('}'), json.Delim(']'):
			stack = stack[:top]
		}
	}
}

// schemaName names types in the OpenAPI document. Entries of a device have the
// names of things in gam, so they bear the word Entry.
func schemaName(t reflect.Type, hint string) string {
	name := huma.DefaultSchemaNamer(t, hint)
	for t.Kind() == reflect.Pointer || t.Kind() == reflect.Slice {
		t = t.Elem()
	}
	if strings.HasSuffix(t.PkgPath(), "/internal/gam") && !strings.HasSuffix(name, "Entry") {
		return name + "Entry"
	}
	return name
}
