package api

import (
	"encoding/json"
	"testing"
)

func TestOneOfEach(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{
		`{}`: true, `[]`: true, `null`: true, `"a"`: true,
		`{"a":1,"b":2}`: true, `{"a":{"a":1}}`: true, `[{"a":1},{"a":2}]`: true, `{"a":"a","b":"a"}`: true,
		`{"a":["b","b"],"b":1}`: true,
		`{"a":1,"a":2}`:         false, `{"a":1,"A":2}`: false, `{"x":[{"a":1,"b":{},"a":2}]}`: false,
		`{"a" 1}`: false, ``: true, `{"a":1`: true, // what is merely unfinished is left to the decoder
	} {
		if err := oneOfEach([]byte(text)); (err == nil) != ok {
			t.Errorf("%s: %v, want ok %v", text, err, ok)
		}
	}
}

// What is accepted is JSON, and nothing makes it panic.
func FuzzOneOfEach(f *testing.F) {
	for _, s := range []string{`{"a":1}`, `{"a":{"b":[1,{"c":null}]}}`, `]`, `}`, `{"a":1,"a":2}`, `[[[[`, "\xff", `{"a":1} {"a":1}`} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var v any
		if jsonFormat.Unmarshal(b, &v) == nil && !json.Valid(b) {
			t.Errorf("%q was accepted", b)
		}
	})
}

func TestNull(t *testing.T) {
	t.Parallel()
	type in struct {
		A Null[int] `json:"a,omitzero"`
	}
	for text, want := range map[string]int{`{}`: 7, `{"a":null}`: 0, `{"a":3}`: 3} {
		var v in
		if err := json.Unmarshal([]byte(text), &v); err != nil {
			t.Fatal(err)
		}
		if got := v.A.or(7); got != want {
			t.Errorf("%s over 7: %d, want %d", text, got, want)
		}
		back, err := json.Marshal(v)
		if err != nil || string(back) != text {
			t.Errorf("%s comes back as %s, %v", text, back, err)
		}
	}
}
