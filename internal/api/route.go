package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/opengam/opengam/internal/store"
)

// Access says who may use a route: anybody, or people of a role and above.
type Access string

// Access of routes. A route without one cannot be registered.
const (
	Public     Access = "public" // login and health only
	Viewer            = Access(store.Viewer)
	Technician        = Access(store.Technician)
	Operator          = Access(store.Operator)
	Admin             = Access(store.Admin)
)

// accessKey is where a route's Access stands in its operation, both for the
// check at run time and for readers of the OpenAPI document.
const accessKey = "x-access"

// route is one line of the API's table.
type route struct {
	method, path string
	id           string // operationId, the generated clients' function name
	access       Access
	tag          string
	summary      string
	doc          string
	status       int           // of success; 0 = 200, or 204 without a body
	noReplay     bool          // no Idempotency-Key: there is no harm in doing it twice, or no actor yet
	bodyBytes    int64         // 0 = maxBody
	timeout      time.Duration // 0 = none beyond the server's
}

// Limits of requests.
const (
	maxBody = 1 << 20 // bytes
	// bodyReadTimeout bounds the sending of a body. net/http gives a request
	// up when it passes, even after the body, so it also bounds every handler
	// with a body; those that wait for a device get their own longer timeout.
	bodyReadTimeout = 30 * time.Second
)

// add registers one route.
func add[I, O any](s *server, r route, h func(context.Context, *I) (*O, error)) {
	op := huma.Operation{
		Method: r.method, Path: r.path, OperationID: r.id,
		Summary: r.summary, Description: r.doc, Tags: []string{r.tag},
		DefaultStatus: r.status, MaxBodyBytes: r.bodyBytes, BodyReadTimeout: max(bodyReadTimeout, r.timeout),
		RejectUnknownQueryParameters: true,
		Extensions:                   map[string]any{accessKey: string(r.access)},
	}
	if op.MaxBodyBytes == 0 {
		op.MaxBodyBytes = maxBody
	}
	if r.access == Public {
		op.Security = []map[string][]string{{}}
	} else {
		op.Security = []map[string][]string{{"token": {}}, {"session": {}}}
		op.Description = joinParagraphs(op.Description, "Role: "+string(r.access)+" and above.")
	}
	if r.method == http.MethodPost && !r.noReplay {
		op.Parameters = append(op.Parameters, idempotencyParam())
		op.Middlewares = append(op.Middlewares, s.replay)
	}
	s.routes = append(s.routes, r)
	huma.Register(s.huma, op, wrap(s.log, deadline(r.timeout, h)))
}

func joinParagraphs(a, b string) string {
	if a == "" {
		return b
	}
	return a + "\n\n" + b
}

// none is the input of routes without one, and the output of those that
// answer 204.
type none struct{}
