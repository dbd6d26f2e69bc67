package store_test

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

func filesOf(t testing.TB, dir string) []fs.FileInfo {
	t.Helper()
	var out []fs.FileInfo
	for _, e := range got[[]os.DirEntry](t)(os.ReadDir(dir)) {
		out = append(out, got[fs.FileInfo](t)(e.Info()))
	}
	if len(out) == 0 {
		t.Fatalf("%s is empty", dir)
	}
	return out
}

func TestLoadKey(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "sub", "secret.key")
	const n = 8 // nodes that start at the same time on one folder
	keys := make(chan store.Key, n)
	for range n {
		go func() {
			k, err := store.LoadKey(path)
			if err != nil {
				t.Error(err)
			}
			keys <- k
		}()
	}
	first := <-keys
	for range n - 1 {
		if k := <-keys; k.ID() != first.ID() {
			t.Error("two keys were made")
		}
	}
	files := filesOf(t, filepath.Dir(path))
	if len(files) != 1 || files[0].Size() != 32 || files[0].Mode().Perm() != 0o600 {
		t.Errorf("the folder has %v, want one file of 32 bytes, mode 600", files)
	}
	if first.ID() == store.NewKey().ID() || len(first.ID()) != 8 || (store.Key{}).ID() != "" {
		t.Errorf("key ids: %q", first.ID())
	}
	must(t, os.WriteFile(path, []byte("short"), 0o600))
	if _, err := store.LoadKey(path); err == nil || !strings.Contains(err.Error(), path) || !strings.Contains(err.Error(), "5 bytes") {
		t.Errorf("a damaged key file: %v", err)
	}
	if _, err := store.LoadKey(dir); err == nil || !strings.Contains(err.Error(), "secret key file") {
		t.Errorf("a folder as key file: %v", err)
	}
}

func TestKeyDoesNotPrint(t *testing.T) {
	path := filepath.Join(t.TempDir(), "key")
	bait := []byte("bait-bait-bait-bait-bait-bait-32")
	must(t, os.WriteFile(path, bait, 0o600))
	k := got[store.Key](t)(store.LoadKey(path))
	inside := struct {
		Key    store.Key
		hidden store.Key
	}{k, k}
	var out bytes.Buffer
	for _, v := range []any{k, &k, inside, &inside, []store.Key{k}, map[string]store.Key{"k": k}, store.Options{Key: k}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%X", "%d", "%b"} {
			fmt.Fprintf(&out, verb+"\n", v)
		}
		if b, err := json.Marshal(v); err == nil {
			out.Write(b)
		}
		slog.New(slog.NewJSONHandler(&out, nil)).Info("x", "k", v)
		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "k", v)
	}
	for _, form := range []string{string(bait[:5]), "62616974", "62, 61", "98 97 105", "98,97", "1100010", base64.StdEncoding.EncodeToString(bait)[:12]} {
		if strings.Contains(strings.ToLower(out.String()), strings.ToLower(form)) {
			t.Errorf("the key shows as %q in:\n%s", form, out.String())
		}
	}
}

func TestSealedOpensInItsPlaceOnly(t *testing.T) {
	k, other := store.NewKey(), store.NewKey()
	rapid.Check(t, func(t *rapid.T) {
		secret := gam.NewSecret(string(rapid.SliceOf(rapid.Byte()).Draw(t, "secret")))
		place, elsewhere := rapid.String().Draw(t, "place"), rapid.String().Draw(t, "elsewhere")
		sealed, err := k.Seal(secret, place)
		if err != nil {
			t.Fatal(err)
		}
		if secret.Empty() != (sealed == "") {
			t.Fatalf("%d bytes are sealed as %q", len(secret.Reveal()), sealed)
		}
		if s, err := k.Open(sealed, place); err != nil || s.Reveal() != secret.Reveal() {
			t.Fatalf("does not open in its place: %v", err)
		}
		if sealed == "" {
			return
		}
		if again, _ := k.Seal(secret, place); again == sealed {
			t.Fatal("sealing twice gives the same text: the nonce is not random")
		}
		if place != elsewhere {
			if _, err := k.Open(sealed, elsewhere); err == nil || !strings.Contains(err.Error(), "moved here from another row") {
				t.Fatalf("opens elsewhere: %v", err)
			}
		}
		if _, err := other.Open(sealed, place); err == nil || !strings.Contains(err.Error(), k.ID()) || !strings.Contains(err.Error(), other.ID()) {
			t.Fatalf("another key: %v, want both key ids", err)
		}
		i := rapid.IntRange(0, len(sealed)-1).Draw(t, "damaged")
		damaged := sealed[:i] + string(sealed[i]^1) + sealed[i+1:]
		if s, err := k.Open(damaged, place); err == nil && s.Reveal() != secret.Reveal() {
			t.Fatal("a damaged one opens as something else")
		}
	})
	if _, err := (store.Key{}).Seal(gam.NewSecret("x"), "p"); err == nil || !strings.Contains(err.Error(), "no secret key") {
		t.Errorf("sealing without a key: %v", err)
	}
	if _, err := (store.Key{}).Open("1.00000000.AAAA", "p"); err == nil || !strings.Contains(err.Error(), "no secret key") {
		t.Errorf("opening without a key: %v", err)
	}
}

func FuzzOpenSealed(f *testing.F) {
	k := store.NewKey()
	for _, s := range []string{"1." + k.ID() + ".AAAA", "1..", "2.x.y", "...", "1." + k.ID() + "." + strings.Repeat("A", 64)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, sealed string) {
		s, err := k.Open(sealed, "p")
		if (err == nil) != (sealed == "") || !s.Empty() {
			t.Errorf("%q opens: %v", sealed, err)
		}
	})
}

// baits is a device whose every credential is bait, and the bait.
func baits() (gam.Device, []string) {
	d := gam.Device{Name: "d"}
	d.Access.JSONRPC.Password = gam.NewSecret("bait-jsonrpc")
	d.Access.SSH.Password = gam.NewSecret("bait-ssh")
	d.Access.SNMP.Community = gam.NewSecret("bait-community")
	d.Access.SNMP.AuthPassword = gam.NewSecret("bait-auth")
	d.Access.SNMP.PrivPassword = gam.NewSecret("bait-priv")
	return d, []string{"bait", base64.StdEncoding.EncodeToString([]byte("bait-"))[:6], "626169742d"}
}

// No credential stands in the database's files in the clear.
func TestNoBaitInTheDatabase(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		d, bait := baits()
		must(t, st.AddDevice(ctx, &d))
		must(t, st.UpdateDevice(ctx, &d))
		must(t, st.KeepIdempotent(ctx, "key", "actor", 201, []byte("bait-body")))
		must(t, st.AddPlan(ctx, &gam.Plan{Name: "written-in-the-clear"}))
		var all bytes.Buffer
		if st.Dialect() == store.SQLite {
			o := options(st)
			for _, f := range filesOf(t, o.DataDir) { // with its write-ahead log
				all.Write(got[[]byte](t)(os.ReadFile(filepath.Join(o.DataDir, f.Name()))))
			}
		} else {
			for _, table := range []string{"devices", "device_states", "idempotency_keys", "plans", "events", "meta"} {
				var rows []string
				must(t, st.DB().NewRaw("SELECT row_to_json(t)::text FROM "+table+" AS t").Scan(ctx, &rows))
				all.WriteString(strings.Join(rows, "\n"))
			}
		}
		if !strings.Contains(all.String(), "written-in-the-clear") {
			t.Fatal("the search for bait does not find what is there")
		}
		for _, b := range bait {
			if strings.Contains(all.String(), b) {
				t.Errorf("%q stands in the database", b)
			}
		}
	})
}

// A ciphertext that somebody copies to another row or column does not open.
func TestMovedCredentialDoesNotOpen(t *testing.T) {
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		d, bait := baits()
		must(t, st.AddDevice(ctx, &d))
		e := addDevice(t, st, "e")
		for _, steal := range []string{
			fmt.Sprintf("UPDATE devices SET ssh_password = (SELECT x.ssh_password FROM devices x WHERE x.id = %d) WHERE id = %d", d.ID, e.ID),
			fmt.Sprintf("UPDATE devices SET ssh_password = '', jsonrpc_password = (SELECT x.ssh_password FROM devices x WHERE x.id = %d) WHERE id = %d", d.ID, e.ID),
		} {
			_, err := st.DB().ExecContext(ctx, steal)
			must(t, err)
			_, err = st.Device(ctx, e.ID)
			if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("devices/%d/", e.ID)) || !strings.Contains(err.Error(), "another row") {
				t.Errorf("a moved credential: %v, want a refusal that names its place", err)
			}
			if strings.Contains(fmt.Sprint(err), bait[0]) {
				t.Errorf("error %q shows it", err)
			}
		}
		same(t, "the device it was taken from", got[gam.Device](t)(st.Device(ctx, d.ID)), d)
	})
}

// Text from outside arrives without NUL bytes and as valid UTF-8, whatever
// the method.
func TestHostileText(t *testing.T) {
	const bad, good = "a\x00b\xffc' \\u0000 ?", "abc' \\u0000 ?"
	each(t, func(t *testing.T, st *store.Store) {
		ctx := t.Context()
		d := gam.Device{Mode: bad, Status: bad, Name: bad, Address: bad, Notes: bad, ApprovedPlan: bad, StatusReason: bad}
		d.Identity.Hostname = bad
		d.Access.JSONRPC.URL, d.Access.JSONRPC.TLSPin, d.Access.SSH.HostKey = bad, bad, bad
		must(t, st.AddDevice(ctx, &d))
		must(t, st.SaveReach(ctx, d.ID, store.Reach{Status: bad, Reason: bad}))
		must(t, st.SaveDeviceSync(ctx, d.ID, gam.Sync{Phase: bad, Reason: bad}))
		must(t, st.SaveIdentity(ctx, d.ID, gam.Identity{Model: bad, SerialNumber: bad, Hostname: bad}))
		have := got[gam.Device](t)(st.Device(ctx, d.ID))
		for what, s := range map[string]string{
			"name": have.Name, "address": have.Address, "notes": have.Notes, "plan": have.ApprovedPlan, "reason": have.StatusReason,
			"status": string(have.Status), "sync": have.Sync.Reason, "model": have.Model, "serial": have.SerialNumber,
			"hostname": have.Hostname, "pin": have.Access.JSONRPC.TLSPin,
		} {
			if s != good {
				t.Errorf("%s is %q, want %q", what, s, good)
			}
		}
		must(t, st.SaveConfig(ctx, d.ID, gam.Config{Services: []gam.Service{{Name: bad}}}, noon))
		c, _, err := st.Config(ctx, d.ID)
		must(t, err)
		if n := c.Services[0].Name; !strings.HasPrefix(n, "ab") || strings.ContainsRune(n, 0) || !strings.HasSuffix(n, `c' \u0000 ?`) {
			t.Errorf("name in the configuration is %q", n)
		}
		must(t, st.SavePorts(ctx, d.ID, []gam.PortStatus{{Kind: bad, Number: 1, Name: bad, SFP: bad, Type: bad}}, noon))
		must(t, st.SaveEndpoints(ctx, d.ID, []gam.EndpointStatus{{
			MAC: mac(1), EntryName: bad, ServiceName: bad, ProfileName: bad, State: bad, Model: bad,
			Detail: &gam.EndpointDetail{DeviceName: bad, HwProduct: bad, SerialNumber: bad, Firmware: bad, Mode: bad},
		}}, noon))
		if e := got[store.Endpoint](t)(st.Endpoint(ctx, mac(1))); e.EntryName != good || e.Detail.Firmware != good {
			t.Errorf("endpoint is %q, firmware %q", e.EntryName, e.Detail.Firmware)
		}
		s := gam.Subscriber{
			Name: bad, Description: bad, DeviceName: bad, Notes: bad, DeviceID: d.ID, Status: bad, Tagging: bad,
			External: []gam.ExternalRef{{CustomerID: bad}}, Sync: gam.Sync{Phase: bad, Reason: bad},
		}
		must(t, st.AddSubscriber(ctx, &s))
		must(t, st.SaveSubscriberSync(ctx, map[gam.SubscriberID]gam.Sync{s.ID: {Reason: bad}}))
		if s := got[gam.Subscriber](t)(st.Subscriber(ctx, s.ID)); s.Name != good || s.Sync.Reason != good {
			t.Errorf("subscriber is %q, sync %q", s.Name, s.Sync.Reason)
		}
		if !got[bool](t)(st.DeviceNameTaken(ctx, d.ID, bad, 0)) {
			t.Error("the name is not found in the spelling it came in")
		}
		must(t, st.AddPlan(ctx, &gam.Plan{Name: bad, Description: bad}))
		must(t, st.AddSite(ctx, &gam.Site{Name: bad, Address: bad, Notes: bad}))
		must(t, st.PutOwned(ctx, d.ID, gam.Owned{Kind: bad, Key: bad, Written: gam.Entry{Service: &gam.Service{Name: bad}}}))
		must(t, st.DropOwned(ctx, d.ID, bad, bad))
		if o := got[[]gam.Owned](t)(st.OwnedOf(ctx, d.ID)); len(o) != 0 {
			t.Errorf("%v is not dropped in the spelling it came in", o)
		}
		ch := gam.Change{Result: bad, Actor: bad, PassID: bad, Error: bad, Step: gam.Step{Reason: bad}}
		must(t, st.AddChange(ctx, &ch))
		must(t, st.FinishChange(ctx, ch.ID, bad, bad, 0))
		must(t, st.AddAudit(ctx, &store.Audit{Actor: bad, Action: bad, Object: bad, Detail: bad}))
		must(t, st.AddUser(ctx, &store.User{Role: bad, Name: bad, PasswordHash: bad}))
		got[store.User](t)(st.UserByName(ctx, bad))
		must(t, st.AddToken(ctx, &store.Token{Role: bad, Name: bad, Hash: bad, CreatedBy: bad}))
		got[store.Token](t)(st.TokenByHash(ctx, bad))
		must(t, st.SetMeta(ctx, bad, bad))
		must(t, st.KeepIdempotent(ctx, bad, bad, 200, []byte(bad)))
		if _, body, found, err := st.Idempotent(ctx, bad, bad); err != nil || !found || string(body) != bad {
			t.Errorf("idempotent answer %q, %v, %v", body, found, err)
		}
		must(t, st.AddEvent(ctx, store.Event{Kind: bad, ID: bad, Data: json.RawMessage(`{"x":"a\u0000b"}`)}))
		must(t, st.Sessions().CommitCtx(ctx, bad, []byte(bad), time.Now().Add(time.Hour)))
		if ok := got[bool](t)(st.Lease(ctx, d.ID, bad, time.Minute)); !ok {
			t.Error("no lease")
		}
		must(t, st.ReleaseLease(ctx, d.ID, bad))
		for _, lq := range []store.ListQuery{{Q: bad}, {Where: map[string]string{"name": bad}}} {
			if p := got[store.Page[gam.Subscriber]](t)(st.Subscribers(ctx, lq)); p.Total != 1 {
				t.Errorf("%+v finds %d subscribers, want 1", lq, p.Total)
			}
		}
	})
}
