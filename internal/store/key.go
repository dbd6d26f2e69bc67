package store

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"

	"github.com/opengam/opengam/internal/gam"
)

const keyBytes = 32 // AES-256

// Key encrypts credentials at rest. It lives outside the database, and no
// ordinary way of printing shows it. Its zero value is no key: it can neither
// keep nor read a credential.
//
// The bytes stand behind a function because fmt asks no method of a member
// that is not exported, and would print them, even through a pointer.
type Key struct{ b func() *[keyBytes]byte }

func keyOf(b *[keyBytes]byte) Key { return Key{b: func() *[keyBytes]byte { return b }} }

func (k Key) ok() bool { return k.b != nil }

// String implements fmt.Stringer without showing the key.
func (k Key) String() string { return "***" }

// GoString implements fmt.GoStringer without showing the key.
func (k Key) GoString() string { return "***" }

// LogValue implements slog.LogValuer without showing the key.
func (k Key) LogValue() slog.Value { return slog.StringValue("***") }

// MarshalText implements encoding.TextMarshaler without showing the key.
func (k Key) MarshalText() ([]byte, error) { return []byte("***"), nil }

// ID names the key without telling it: eight hexadecimal digits, "" for none.
func (k Key) ID() string {
	if !k.ok() {
		return ""
	}
	sum := sha256.Sum256(append([]byte("opengam key id\x00"), k.b()[:]...))
	return hex.EncodeToString(sum[:4])
}

// NewKey makes a random key.
func NewKey() Key {
	k := keyOf(new([keyBytes]byte))
	rand.Read(k.b()[:]) // never fails (crypto/rand)
	return k
}

// LoadKey reads the key file, 32 bytes, and creates it with a random key,
// readable by its owner only, when it is missing. Whoever loses the file
// loses the stored credentials of all devices.
func LoadKey(path string) (Key, error) {
	b, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	if errors.Is(err, fs.ErrNotExist) {
		if err = createKey(path); err == nil || errors.Is(err, fs.ErrExist) {
			b, err = os.ReadFile(path) //nolint:gosec // as above; ours, or that of whoever was faster
		}
	}
	if err != nil {
		return Key{}, fmt.Errorf("secret key file: %w", err)
	}
	if len(b) != keyBytes {
		return Key{}, fmt.Errorf("secret key file %s has %d bytes, want %d; restore it from a backup", path, len(b), keyBytes)
	}
	return keyOf((*[keyBytes]byte)(b)), nil
}

// createKey never leaves half a key: the file appears whole, under its name,
// or not at all.
func createKey(path string) error {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(dir, ".key-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(f.Name()) }() // it has its name, or is of no use
	k := NewKey()
	_, err = f.Write(k.b()[:])
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Link(f.Name(), path) // fails when the name is taken
}

// sealed is "1.<key id>.<base64 of nonce and ciphertext>"; the number is the
// form's version.
const sealedForm = "1"

// seal encrypts a credential for one place, "table/id/column"; it opens
// nowhere else. No credential stays no credential.
func (k Key) seal(secret gam.Secret, place string) (string, error) {
	if secret.Empty() {
		return "", nil
	}
	aead, err := k.aead()
	if err != nil {
		return "", fmt.Errorf("encrypt %s: %w", place, err)
	}
	nonce := make([]byte, aead.NonceSize(), aead.NonceSize()+len(secret.Reveal())+aead.Overhead())
	rand.Read(nonce) // never fails (crypto/rand)
	box := aead.Seal(nonce, nonce, []byte(secret.Reveal()), []byte(place))
	return sealedForm + "." + k.ID() + "." + base64.RawStdEncoding.EncodeToString(box), nil
}

// open decrypts what seal made for the same place.
func (k Key) open(sealed, place string) (gam.Secret, error) {
	if sealed == "" {
		return gam.Secret{}, nil
	}
	aead, err := k.aead()
	if err != nil {
		return gam.Secret{}, fmt.Errorf("decrypt %s: %w", place, err)
	}
	form, rest, _ := strings.Cut(sealed, ".")
	id, text, ok := strings.Cut(rest, ".")
	box, decodeErr := base64.RawStdEncoding.DecodeString(text)
	switch {
	case !ok || form != sealedForm || decodeErr != nil || len(box) < aead.NonceSize():
		return gam.Secret{}, fmt.Errorf("decrypt %s: not in the form that this program writes", place)
	case id != k.ID():
		return gam.Secret{}, fmt.Errorf("decrypt %s: encrypted with key %s, but the secret key file holds key %s; restore the right file (OPENGAM_SECRET_KEY_FILE)", place, id, k.ID())
	}
	plain, err := aead.Open(nil, box[:aead.NonceSize()], box[aead.NonceSize():], []byte(place))
	if err != nil {
		return gam.Secret{}, fmt.Errorf("decrypt %s: damaged, or moved here from another row; enter the credential again", place)
	}
	return gam.NewSecret(string(plain)), nil
}

func (k Key) aead() (cipher.AEAD, error) {
	if !k.ok() {
		return nil, errors.New("no secret key was loaded")
	}
	block, err := aes.NewCipher(k.b()[:])
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}
