package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"github.com/opengam/opengam/internal/store"
)

// AuditEvent is one line of who did what in OpenGAM.
type AuditEvent struct {
	ID     int64     `json:"id"`
	Actor  string    `json:"actor" example:"user:anna"`
	Action string    `json:"action" example:"subscriber.suspend"`
	Object string    `json:"object"`
	Detail string    `json:"detail"`
	At     time.Time `json:"at"`
}

type auditsInput struct {
	ListParams
	Actor  string `query:"actor"`
	Action string `query:"action"`
	Object string `query:"object"`
	After  string `query:"at_after" doc:"RFC 3339"`
	Before string `query:"at_before" doc:"RFC 3339"`
}

func (s *server) auditRoutes() {
	add(s, route{method: http.MethodGet, path: "/api/v1/audit-events", id: "list-audit-events", access: Admin, tag: "users", summary: "List who did what, newest first"}, s.listAudits)
}

func (s *server) listAudits(ctx context.Context, in *auditsInput) (*listOutput[AuditEvent], error) {
	p, err := s.store.Audits(ctx, listQuery(in))
	if err != nil {
		return nil, err
	}
	return page(p, func(a store.Audit) AuditEvent {
		return AuditEvent{ID: a.ID, Actor: a.Actor, Action: a.Action, Object: a.Object, Detail: a.Detail, At: a.At.UTC()}
	}), nil
}

// writer is a transaction, for the few rows that people change without an
// order.
type writer = *store.Tx

// audited does one write and writes down who did it, both or neither. do names
// what it has written.
func (s *server) audited(ctx context.Context, action string, do func(context.Context, writer) (object string, err error)) error {
	return s.store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		what, err := do(ctx, tx)
		if err != nil {
			return err
		}
		return tx.AddAudit(ctx, &store.Audit{Actor: actor(ctx), Action: action, Object: what, At: s.now()})
	})
}

// audit writes down who did what.
func (s *server) audit(ctx context.Context, action, object, detail string) error {
	return s.store.AddAudit(ctx, &store.Audit{Actor: actor(ctx), Action: action, Object: object, Detail: detail, At: s.now()})
}

// object names a thing in the audit trail, as order does: "site 3 (Riverside)".
func object[ID ~int64](kind string, id ID, name string) string {
	return fmt.Sprintf("%s %d (%s)", kind, id, name)
}
