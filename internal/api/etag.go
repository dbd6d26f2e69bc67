package api

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/opengam/opengam/internal/gam"
)

// etag is the entity tag of a version.
func etag(version int64) string { return `"` + strconv.FormatInt(version, 10) + `"` }

// IfMatch is the optional If-Match of a write: given, the write happens
// only while the thing still has that ETag.
type IfMatch struct {
	Tag string `header:"If-Match" maxLength:"200" doc:"the ETag you read; the write is refused with 412 when somebody else changed the thing since"`
}

// check refuses a stale write of what, whose version is now current.
func (m IfMatch) check(what string, current int64) error {
	if m.Tag == "" {
		return nil
	}
	for _, tag := range strings.Split(m.Tag, ",") {
		tag = strings.TrimPrefix(strings.TrimSpace(tag), "W/")
		if tag == "*" || tag == etag(current) {
			return nil
		}
	}
	return fmt.Errorf("%s: %w", what, gam.ErrStale)
}

// version is what an order must find: the version just checked when the
// client gave an ETag, 0 (whatever stands there) when it gave none. Then only
// the fields of the patch are at stake, and the later patch wins.
func (m IfMatch) version(current int64) int64 {
	if m.Tag == "" || m.Tag == "*" {
		return 0
	}
	return current
}
