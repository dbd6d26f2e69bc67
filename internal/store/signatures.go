package store

import (
	"context"
	"database/sql"
	"errors"
	"github.com/alexedwards/scs/v2"
	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/opengam/opengam/internal/gam"
	"github.com/uptrace/bun"
	"log/slog"
	"time"
)

var errSoon = errors.New("store: body follows in the next commit")

type Options struct {
	URL, DataDir string
	Key          Key
	Log          *slog.Logger
}
type Key struct{ b [32]byte }

func LoadKey(path string) (Key, error)                    { panic(errSoon) }
func Open(ctx context.Context, o Options) (*Store, error) { return nil, errSoon }

type Queries struct{}
type Store struct{ Queries }
type Tx struct{ Queries }

func (tx *Tx) SQL() *sql.Tx { panic(errSoon) }

func (q *Queries) Devices(ctx context.Context, lq ListQuery) (Page[gam.Device], error) {
	panic(errSoon)
}
func (q *Queries) Device(ctx context.Context, id gam.DeviceID) (gam.Device, error) { panic(errSoon) }
func (q *Queries) DeviceIDs(ctx context.Context) ([]gam.DeviceID, error)           { panic(errSoon) }
func (q *Queries) DeviceBySerial(ctx context.Context, serial string) (gam.Device, error) {
	panic(errSoon)
}
func (q *Queries) DeviceCounts(ctx context.Context, ids ...gam.DeviceID) (map[gam.DeviceID]Counts, error) {
	panic(errSoon)
}
func (q *Queries) AddDevice(ctx context.Context, d *gam.Device) error      { panic(errSoon) }
func (q *Queries) UpdateDevice(ctx context.Context, d *gam.Device) error   { panic(errSoon) }
func (q *Queries) DeleteDevice(ctx context.Context, id gam.DeviceID) error { panic(errSoon) }
func (q *Queries) SaveIdentity(ctx context.Context, id gam.DeviceID, i gam.Identity) error {
	panic(errSoon)
}
func (q *Queries) SaveReach(ctx context.Context, id gam.DeviceID, r Reach) error { panic(errSoon) }
func (q *Queries) SaveDeviceSync(ctx context.Context, id gam.DeviceID, s gam.Sync) error {
	panic(errSoon)
}
func (q *Queries) SetUnsaved(ctx context.Context, id gam.DeviceID, unsaved bool) error {
	panic(errSoon)
}
func (q *Queries) SetApplied(ctx context.Context, id gam.DeviceID, rev int64) error { panic(errSoon) }
func (q *Queries) PinCertificate(ctx context.Context, id gam.DeviceID, pin string) error {
	panic(errSoon)
}
func (q *Queries) ApprovePlan(ctx context.Context, id gam.DeviceID, fingerprint string) error {
	panic(errSoon)
}
func (q *Queries) BumpWanted(ctx context.Context, id gam.DeviceID) (int64, error) { panic(errSoon) }
func (q *Queries) WantedRev(ctx context.Context, id gam.DeviceID) (int64, error)  { panic(errSoon) }
func (q *Queries) Lease(ctx context.Context, id gam.DeviceID, owner string, d time.Duration) (bool, error) {
	panic(errSoon)
}
func (q *Queries) ReleaseLease(ctx context.Context, id gam.DeviceID, owner string) error {
	panic(errSoon)
}
func (q *Queries) ClearLeases(ctx context.Context) error { panic(errSoon) }
func (q *Queries) SaveConfig(ctx context.Context, id gam.DeviceID, c gam.Config, at time.Time) error {
	panic(errSoon)
}
func (q *Queries) Config(ctx context.Context, id gam.DeviceID) (gam.Config, time.Time, error) {
	panic(errSoon)
}
func (q *Queries) SavePorts(ctx context.Context, id gam.DeviceID, ports []gam.PortStatus, at time.Time) error {
	panic(errSoon)
}
func (q *Queries) Ports(ctx context.Context, id gam.DeviceID) ([]Port, error) { panic(errSoon) }
func (q *Queries) SaveEndpoints(ctx context.Context, id gam.DeviceID, seen []gam.EndpointStatus, at time.Time) error {
	panic(errSoon)
}
func (q *Queries) Endpoints(ctx context.Context, lq ListQuery) (Page[Endpoint], error) {
	panic(errSoon)
}
func (q *Queries) Endpoint(ctx context.Context, mac gam.MAC) (Endpoint, error) { panic(errSoon) }
func (q *Queries) EndpointsOf(ctx context.Context, id gam.DeviceID) ([]Endpoint, error) {
	panic(errSoon)
}
func (q *Queries) Plans(ctx context.Context, lq ListQuery) (Page[Plan], error) { panic(errSoon) }
func (q *Queries) AllPlans(ctx context.Context) ([]gam.Plan, error)            { panic(errSoon) }
func (q *Queries) Plan(ctx context.Context, id gam.PlanID) (gam.Plan, error)   { panic(errSoon) }
func (q *Queries) PlanInUse(ctx context.Context, id gam.PlanID) (int, error)   { panic(errSoon) }
func (q *Queries) AddPlan(ctx context.Context, p *gam.Plan) error              { panic(errSoon) }
func (q *Queries) UpdatePlan(ctx context.Context, p *gam.Plan) error           { panic(errSoon) }
func (q *Queries) DeletePlan(ctx context.Context, id gam.PlanID) error         { panic(errSoon) }
func (q *Queries) DevicesOfPlan(ctx context.Context, id gam.PlanID) ([]gam.DeviceID, error) {
	panic(errSoon)
}
func (q *Queries) Subscribers(ctx context.Context, lq ListQuery) (Page[gam.Subscriber], error) {
	panic(errSoon)
}
func (q *Queries) Subscriber(ctx context.Context, id gam.SubscriberID) (gam.Subscriber, error) {
	panic(errSoon)
}
func (q *Queries) SubscribersOf(ctx context.Context, id gam.DeviceID) ([]gam.Subscriber, error) {
	panic(errSoon)
}
func (q *Queries) AddSubscriber(ctx context.Context, s *gam.Subscriber) error    { panic(errSoon) }
func (q *Queries) UpdateSubscriber(ctx context.Context, s *gam.Subscriber) error { panic(errSoon) }
func (q *Queries) SaveSubscriberSync(ctx context.Context, syncs map[gam.SubscriberID]gam.Sync) error {
	panic(errSoon)
}
func (q *Queries) SubscriberOnEndpoint(ctx context.Context, mac gam.MAC) (gam.Subscriber, error) {
	panic(errSoon)
}
func (q *Queries) SubscriberOnPort(ctx context.Context, id gam.DeviceID, port int) (gam.Subscriber, error) {
	panic(errSoon)
}
func (q *Queries) DeviceNameTaken(ctx context.Context, id gam.DeviceID, name string, except gam.SubscriberID) (bool, error) {
	panic(errSoon)
}
func (q *Queries) UsedVLANs(ctx context.Context, site gam.SiteID, device gam.DeviceID) (map[int]bool, error) {
	panic(errSoon)
}
func (q *Queries) Sites(ctx context.Context, lq ListQuery) (Page[gam.Site], error) { panic(errSoon) }
func (q *Queries) Site(ctx context.Context, id gam.SiteID) (gam.Site, error)       { panic(errSoon) }
func (q *Queries) AddSite(ctx context.Context, s *gam.Site) error                  { panic(errSoon) }
func (q *Queries) UpdateSite(ctx context.Context, s *gam.Site) error               { panic(errSoon) }
func (q *Queries) DeleteSite(ctx context.Context, id gam.SiteID) error             { panic(errSoon) }
func (q *Queries) Settings(ctx context.Context) (gam.Settings, int64, error)       { panic(errSoon) }
func (q *Queries) SaveSettings(ctx context.Context, s gam.Settings, version int64) error {
	panic(errSoon)
}
func (q *Queries) OwnedOf(ctx context.Context, id gam.DeviceID) ([]gam.Owned, error) { panic(errSoon) }
func (q *Queries) PutOwned(ctx context.Context, id gam.DeviceID, o gam.Owned) error  { panic(errSoon) }
func (q *Queries) DropOwned(ctx context.Context, id gam.DeviceID, kind gam.EntryKind, key string) error {
	panic(errSoon)
}
func (q *Queries) AddChange(ctx context.Context, c *gam.Change) error { panic(errSoon) }
func (q *Queries) FinishChange(ctx context.Context, id int64, result gam.ChangeResult, errText string, took time.Duration) error {
	panic(errSoon)
}
func (q *Queries) Changes(ctx context.Context, lq ListQuery) (Page[gam.Change], error) {
	panic(errSoon)
}
func (q *Queries) AddUser(ctx context.Context, u *User) error                    { panic(errSoon) }
func (q *Queries) UserByName(ctx context.Context, name string) (User, error)     { panic(errSoon) }
func (q *Queries) User(ctx context.Context, id int64) (User, error)              { panic(errSoon) }
func (q *Queries) Users(ctx context.Context, lq ListQuery) (Page[User], error)   { panic(errSoon) }
func (q *Queries) UpdateUser(ctx context.Context, u *User) error                 { panic(errSoon) }
func (q *Queries) CountUsers(ctx context.Context) (int, error)                   { panic(errSoon) }
func (q *Queries) AddToken(ctx context.Context, tk *Token) error                 { panic(errSoon) }
func (q *Queries) TokenByHash(ctx context.Context, hash string) (Token, error)   { panic(errSoon) }
func (q *Queries) Tokens(ctx context.Context, lq ListQuery) (Page[Token], error) { panic(errSoon) }
func (q *Queries) DeleteToken(ctx context.Context, id int64) error               { panic(errSoon) }
func (q *Queries) TouchToken(ctx context.Context, id int64, at time.Time) error  { panic(errSoon) }
func (q *Queries) Meta(ctx context.Context, key string) (string, error)          { panic(errSoon) }
func (q *Queries) SetMeta(ctx context.Context, key, val string) error            { panic(errSoon) }
func (q *Queries) TakeMeta(ctx context.Context, key string) (string, error)      { panic(errSoon) }
func (q *Queries) Idempotent(ctx context.Context, key, actor string) (int, []byte, bool, error) {
	panic(errSoon)
}
func (q *Queries) KeepIdempotent(ctx context.Context, key, actor string, status int, body []byte) error {
	panic(errSoon)
}
func (q *Queries) AddAudit(ctx context.Context, a *Audit) error                  { panic(errSoon) }
func (q *Queries) Audits(ctx context.Context, lq ListQuery) (Page[Audit], error) { panic(errSoon) }
func (q *Queries) AddEvent(ctx context.Context, e Event) error                   { panic(errSoon) }
func (q *Queries) EventsSince(ctx context.Context, seq int64, limit int) ([]Event, error) {
	panic(errSoon)
}
func (q *Queries) LastEventSeq(ctx context.Context) (int64, error)                { panic(errSoon) }
func (q *Queries) Search(ctx context.Context, text string, limit int) ([]Hit, error) { panic(errSoon) }
func (q *Queries) FleetSummary(ctx context.Context) (Summary, error)              { panic(errSoon) }
func (s *Store) Close() error                                                     { panic(errSoon) }
func (s *Store) Dialect() string                                                  { panic(errSoon) }
func (s *Store) DB() *bun.DB                                                      { panic(errSoon) }
func (s *Store) Pool() *pgxpool.Pool                                              { panic(errSoon) }
func (s *Store) SQLitePath() string                                               { panic(errSoon) }
func (s *Store) Ping(ctx context.Context) error                                   { panic(errSoon) }
func (s *Store) Migrate(ctx context.Context) error                                { panic(errSoon) }
func (s *Store) MigrateDown(ctx context.Context) error                            { panic(errSoon) }
func (s *Store) MigrateStatus(ctx context.Context) ([]Migration, error)           { panic(errSoon) }
func (s *Store) Tx(ctx context.Context, fn func(ctx context.Context, tx *Tx) error) error {
	panic(errSoon)
}
func (s *Store) Sessions() scs.CtxStore           { panic(errSoon) }
func (s *Store) Watch() (<-chan struct{}, func()) { panic(errSoon) }
