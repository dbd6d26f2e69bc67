package jsonrpc

import (
	"errors"
	"testing"
	"unicode/utf8"
)

func FuzzDecode(f *testing.F) {
	for _, s := range []string{
		`{"id":17,"error":null,"result":{"SubscriberModel":"endpointAware"}}`,
		`{"id":"17","result":null,"error":{"code":-32603,"message":"Invalid","data":{"vtss-error-code":-9437162}}}`,
		`{"id":17,"error":{"code":1e999,"message":{"a":[]}}}`, `[]`, `null`, `"x"`, `{`, "\xef\xbb\xbf{}", `{"id":[],"result":0}`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		got, err := decode(b, 17)
		if err == nil {
			return
		}
		if got != nil {
			t.Errorf("result %q and error %v", got, err)
		}
		var e *Error
		var rpc *RPCError
		if !errors.As(err, &e) && !errors.As(err, &rpc) {
			t.Errorf("error of another kind: %#v", err)
		}
		if !utf8.ValidString(err.Error()) {
			t.Errorf("error is not text: %q", err)
		}
	})
}
