package api

import (
	"time"

	"github.com/opengam/opengam/internal/gam"
)

// Sync says how a device or subscriber stands between wanted and observed.
type Sync struct {
	State  string     `json:"state" enum:"in_sync,pending,drifted,failed,stuck"`
	Reason string     `json:"reason" doc:"in the operator's words; empty when there is nothing to say"`
	Since  *time.Time `json:"since"`
}

func syncOf(s gam.Sync) Sync {
	if s.Phase == "" {
		s.Phase = gam.SyncPending
	}
	return Sync{State: string(s.Phase), Reason: s.Reason, Since: timeOrNull(s.Since)}
}

// Queued is the answer of an action that a job carries out.
type Queued struct {
	Queued bool   `json:"queued"`
	Detail string `json:"detail" doc:"where to watch it"`
}

type queuedOutput struct{ Body Queued }

func queued(detail string) *queuedOutput { return &queuedOutput{Queued{true, detail}} }

type idInput struct {
	ID int64 `path:"id" minimum:"1"`
}

// IDMatch is the input of writes that honour If-Match.
type IDMatch struct {
	ID int64 `path:"id" minimum:"1"`
	IfMatch
}
