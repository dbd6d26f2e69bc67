package store

import "fmt"

// Role says what an account may do; each role may do all that the one before
// it may.
type Role string

// Roles, from least to most.
const (
	Viewer     Role = "viewer"
	Technician Role = "technician" // field work on endpoints and subscribers
	Operator   Role = "operator"   // all provisioning
	Admin      Role = "admin"      // users, credentials, settings
)

func (r Role) rank() int {
	switch r {
	case Viewer:
		return 1
	case Technician:
		return 2
	case Operator:
		return 3
	case Admin:
		return 4
	}
	return 0
}

// AtLeast reports whether r may do what other may. An unknown role may
// nothing, and nothing is enough for an unknown demand.
func (r Role) AtLeast(other Role) bool {
	return r.rank() > 0 && other.rank() > 0 && r.rank() >= other.rank()
}

// ParseRole refuses a role that does not exist.
func ParseRole(s string) (Role, error) {
	if r := Role(s); r.rank() > 0 {
		return r, nil
	}
	return "", fmt.Errorf("role %q: a role is viewer, technician, operator or admin", s)
}
