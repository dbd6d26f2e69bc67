package store

import "github.com/opengam/opengam/internal/gam"

// Models is every row type, for comparing with the real schema.
func Models() []any {
	return []any{
		(*metaRow)(nil), (*settingsRow)(nil), (*userRow)(nil), (*tokenRow)(nil), (*sessionRow)(nil), (*idempotencyRow)(nil),
		(*auditRow)(nil), (*siteRow)(nil), (*deviceRow)(nil), (*planRow)(nil), (*subscriberRow)(nil), (*stateRow)(nil),
		(*configRow)(nil), (*portRow)(nil), (*endpointRow)(nil), (*ownedRow)(nil), (*changeRow)(nil), (*eventRow)(nil),
	}
}

// Internals for tests of their own.
var (
	WithoutNUL = withoutNUL
	Text       = text
	Fold       = fold
	MACDigits  = macDigits
	ToJSON     = toJSON
)

// Seal is seal.
func (k Key) Seal(s gam.Secret, place string) (string, error) { return k.seal(s, place) }

// Open is open.
func (k Key) Open(sealed, place string) (gam.Secret, error) { return k.open(sealed, place) }
