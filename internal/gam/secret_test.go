package gam

import (
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const bait = "hunter2-bait"

// baitHex is the bait as %x would print it.
var baitHex = fmt.Sprintf("%x", bait)

func mustHide(t *testing.T, how, out string) {
	t.Helper()
	low := strings.ToLower(out)
	if strings.Contains(low, bait) || strings.Contains(low, baitHex) {
		t.Errorf("%s shows the credential: %s", how, out)
	}
}

func TestSecretNeverPrints(t *testing.T) {
	s := NewSecret(bait)
	type inside struct{ password Secret } // unexported: fmt calls no methods here
	type outside struct {
		Password Secret
		Deeper   *inside
	}
	values := map[string]any{
		"a secret":            s,
		"a pointer":           &s,
		"a slice":             []Secret{s},
		"a map":               map[string]Secret{"k": s},
		"an exported field":   outside{Password: s},
		"an unexported field": inside{password: s},
		"a deeper field":      &outside{Password: s, Deeper: &inside{password: s}},
		"an access":           Access{JSONRPC: JSONRPCAccess{Password: s}, SSH: SSHAccess{Password: s}, SNMP: SNMPAccess{Community: s, AuthPassword: s, PrivPassword: s}},
		"a device":            Device{Access: Access{JSONRPC: JSONRPCAccess{Password: s}}},
	}
	for name, v := range values {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%o", "%t", "%p", "%20v", "%w"} {
			mustHide(t, verb+" of "+name, fmt.Sprintf(verb, v))
		}
		mustHide(t, "Println of "+name, fmt.Sprintln(v))
		mustHide(t, "an error with "+name, errors.Join(fmt.Errorf("login: %v", v)).Error())

		j, err := json.Marshal(v)
		if err != nil {
			t.Errorf("json of %s: %v", name, err)
		}
		mustHide(t, "json of "+name, string(j))

		for _, h := range []func(*strings.Builder) slog.Handler{
			func(b *strings.Builder) slog.Handler { return slog.NewTextHandler(b, nil) },
			func(b *strings.Builder) slog.Handler { return slog.NewJSONHandler(b, nil) },
		} {
			var b strings.Builder
			log := slog.New(h(&b))
			log.With("with", v).WithGroup("g").Info("m", "v", v)
			if b.Len() == 0 {
				t.Errorf("slog of %s wrote nothing", name)
			}
			mustHide(t, "slog of "+name, b.String())
		}
	}
	x, err := xml.Marshal(outside{Password: s})
	if err != nil {
		t.Fatal(err)
	}
	mustHide(t, "xml", string(x))
}

func TestSecretShowsThatItHides(t *testing.T) {
	for verb, want := range map[string]string{"%v": "***", "%s": "***", "%q": "***", "%#v": "***", "%d": "***"} {
		if got := fmt.Sprintf(verb, NewSecret(bait)); got != want {
			t.Errorf("%s: got %q, want %q", verb, got, want)
		}
	}
	if got := NewSecret(bait).String() + NewSecret(bait).GoString(); got != "******" {
		t.Errorf("String and GoString: got %q", got)
	}
}

func TestSecretHoldsAndCompares(t *testing.T) {
	if got := NewSecret(bait).Reveal(); got != bait {
		t.Errorf("Reveal: got %q, want %q", got, bait)
	}
	var zero Secret
	if !zero.Empty() || zero.Reveal() != "" || zero != NewSecret("") {
		t.Errorf("the zero secret is not the empty one: Empty %v, Reveal %q", zero.Empty(), zero.Reveal())
	}
	a, again, b := NewSecret("a"), NewSecret("a"), NewSecret("b")
	if a.Empty() || a != again || a == b {
		t.Error("secrets are not equal by their credentials")
	}

	var in struct {
		P Secret `json:"p"`
		Q Secret `json:"q"`
	}
	if err := json.Unmarshal([]byte(`{"p":"`+bait+`","q":""}`), &in); err != nil {
		t.Fatal(err)
	}
	if in.P.Reveal() != bait || !in.Q.Empty() {
		t.Errorf("from JSON: got %q and %q", in.P.Reveal(), in.Q.Reveal())
	}
}
