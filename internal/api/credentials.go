package api

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/alexedwards/argon2id"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

// hashing is what one password check costs: 19 MB and some 40 ms of one core.
var hashing = &argon2id.Params{Memory: 19 * 1024, Iterations: 2, Parallelism: 1, SaltLength: 16, KeyLength: 32}

// hashingSlots bounds the password checks at a time, so that a burst of
// logins takes neither all memory nor all cores.
var hashingSlots = make(chan struct{}, 2)

// Lengths of passwords in characters. The upper end bounds the work of a check.
const (
	minPassword = 8
	maxPassword = 256
)

// HashPassword makes the stored form of a password.
func HashPassword(password gam.Secret) (string, error) {
	if err := CheckPassword(password); err != nil {
		return "", err
	}
	h, err := argon2id.CreateHash(password.Reveal(), hashing)
	if err != nil {
		return "", fmt.Errorf("hash a password: %w", err)
	}
	return h, nil
}

// CheckPassword refuses a password that is too easy to guess, or absurd.
func CheckPassword(password gam.Secret) error {
	n := utf8.RuneCountInString(password.Reveal())
	if n < minPassword || n > maxPassword {
		return &gam.Rule{Code: "password_length", Message: fmt.Sprintf("a password has %d to %d characters", minPassword, maxPassword)}
	}
	return nil
}

// passwordMatches checks a password against its stored form. An empty hash is
// a user that does not exist: the check takes as long, so that names cannot be
// found out by the clock.
func passwordMatches(ctx context.Context, password gam.Secret, hash string) (bool, error) {
	select {
	case hashingSlots <- struct{}{}:
		defer func() { <-hashingSlots }()
	case <-ctx.Done():
		return false, ctx.Err()
	}
	if hash == "" {
		_, err := argon2id.CreateHash("nobody", hashing)
		return false, err
	}
	return argon2id.ComparePasswordAndHash(password.Reveal(), hash)
}

// CheckUserName refuses a name that could not be typed or logged.
func CheckUserName(name string) error {
	ok := name != "" && len(name) <= 64 && strings.IndexFunc(name, func(r rune) bool {
		return !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("._-@+", r)
	}) < 0
	if !ok {
		return &gam.Rule{Code: "user_name", Message: "a user name has 1 to 64 letters, digits and the characters . _ - @ +"}
	}
	return nil
}

// tokenPrefix makes a token recognisable, also to secret scanners.
const tokenPrefix = "ogam_"

// NewToken makes an API token and the hash that is stored of it. The token is
// 256 random bits, so a plain hash is enough.
func NewToken() (token gam.Secret, hash string) {
	t := tokenPrefix + randomText()
	return gam.NewSecret(t), tokenHash(t)
}

func tokenHash(token string) string {
	h := sha256.Sum256([]byte(token))
	return hex.EncodeToString(h[:])
}

func randomText() string {
	b := make([]byte, 32)
	_, _ = rand.Read(b) // never fails; it would end the program instead
	return base64.RawURLEncoding.EncodeToString(b)
}

// setupMeta is where the hash of the one-time setup token is kept.
const setupMeta = "setup_token"

// NewSetupToken makes and keeps a token with which the first user is created
// in the browser; an older one is void. The caller shows it once, in the setup
// link /setup?token=….
func NewSetupToken(ctx context.Context, st *store.Store) (gam.Secret, error) {
	t := randomText()
	if err := st.SetMeta(ctx, setupMeta, tokenHash(t)); err != nil {
		return gam.Secret{}, fmt.Errorf("keep the setup token: %w", err)
	}
	return gam.NewSecret(t), nil
}

func sameText(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }
