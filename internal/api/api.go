package api

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/opengam/opengam/internal/jobs"
	"github.com/opengam/opengam/internal/order"
	"github.com/opengam/opengam/internal/store"
)

// Options is all that the API may touch.
type Options struct {
	Store   *store.Store
	Queue   *jobs.Queue
	Orders  *order.Orders
	Engine  Engine
	Devices Devices
	Checks  []Check // of /readyz, beside database, migrations and jobs

	Log     *slog.Logger
	Version string
	BaseURL string // as people reach us; https makes the cookie Secure
	// Closing ends the event streams, which an http.Server would wait for.
	Closing <-chan struct{}
	Now     func() time.Time
}

// server answers the routes.
type server struct {
	store     *store.Store
	queue     *jobs.Queue
	orders    *order.Orders
	engine    Engine
	devices   Devices
	checks    []Check
	log       *slog.Logger
	now       func() time.Time
	closing   <-chan struct{}
	sessions  *scs.SessionManager
	logins    *limiter
	heartbeat time.Duration // of event streams
	importing chan struct{} // held by the one import
	inFlight  sync.Map      // idempotency keys whose first request is being answered

	huma   huma.API
	mux    http.Handler // the routes without what is around them
	routes []route
}

// New answers everything below /api/v1, the probes, the OpenAPI document and
// its reader at /docs. Other paths are a 404 problem.
func New(o Options) http.Handler {
	return newHandler(o, heartbeatEvery)
}

// newHandler is New with the pace of the event streams' heartbeat.
func newHandler(o Options, heartbeat time.Duration) http.Handler {
	s := newServer(o)
	s.heartbeat = heartbeat
	s.sessions = newSessions(o.Store, s.log, strings.HasPrefix(o.BaseURL, "https://"))
	return s.handler(cmp.Or(o.Version, specVersion))
}

func newServer(o Options) *server {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	return &server{
		store: o.Store, queue: o.Queue, orders: o.Orders, engine: o.Engine, devices: o.Devices, checks: o.Checks,
		log: o.Log, closing: o.Closing, importing: make(chan struct{}, 1), logins: newLimiter(o.Now),
		now: func() time.Time { return o.Now().UTC() },
	}
}

// register fills mux with every route.
func (s *server) register(mux *http.ServeMux, version string) {
	config := huma.DefaultConfig("OpenGAM", version)
	config.Info.Description = "Manages Positron GAM access networks. Lists answer {items, total, next}; errors are application/problem+json; times are UTC."
	config.OpenAPIPath, config.DocsPath, config.SchemasPath = "", "", "" // huma's own pages load from a CDN
	config.CreateHooks = nil                                             // no $schema in answers
	config.Formats = map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat}
	config.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	config.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"token":   {Type: "http", Scheme: "bearer", Description: "an API token"},
		"session": {Type: "apiKey", In: "cookie", Name: "opengam_session", Description: "a browser's session; writes also need the header X-CSRF-Token"},
	}
	s.huma = humago.New(mux, config)
	s.huma.UseMiddleware(s.authorize)
	for _, add := range []func(){
		s.healthRoutes, s.setupRoutes, s.sessionRoutes,
		s.deviceRoutes, s.deviceActionRoutes, s.devicePlanRoutes, s.portRoutes, s.endpointRoutes,
		s.planRoutes, s.subscriberRoutes, s.subscriberActionRoutes, s.subscriberFileRoutes, s.unmanagedRoutes, s.siteRoutes,
		s.jobRoutes, s.changeRoutes, s.fleetRoutes, s.eventRoutes,
		s.settingsRoutes, s.userRoutes, s.tokenRoutes, s.auditRoutes, s.specRoutes,
	} {
		add()
	}
}

// specVersion stands in the document that is kept beside the UI, so that a
// release does not change it.
const specVersion = "1"

// Spec is the OpenAPI 3.1 document, without a running server.
func Spec() ([]byte, error) {
	s := newServer(Options{})
	s.register(http.NewServeMux(), specVersion)
	doc, err := json.MarshalIndent(s.huma.OpenAPI(), "", "  ")
	if err != nil {
		return nil, fmt.Errorf("write the OpenAPI document: %w", err)
	}
	return append(doc, '\n'), nil
}

type specOutput struct{ Body json.RawMessage }

func (s *server) specRoutes() {
	doc := sync.OnceValues(func() ([]byte, error) { return json.Marshal(s.huma.OpenAPI()) })
	add(s, route{method: http.MethodGet, path: "/openapi.json", id: "openapi", access: Viewer, tag: "health", summary: "This document"},
		func(context.Context, *none) (*specOutput, error) {
			b, err := doc()
			return &specOutput{b}, err
		})
}
