package api

import (
	"context"
	"net/http"
	"time"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/jobs"
)

// Job is one piece of durable work.
type Job struct {
	ID          int64       `json:"id"`
	Kind        string      `json:"kind"`
	State       string      `json:"state" enum:"queued,running,waiting,retrying,completed,cancelled,discarded"`
	Attempts    int         `json:"attempts"`
	LastError   string      `json:"last_error"`
	ScheduledAt *time.Time  `json:"scheduled_at"`
	CreatedAt   *time.Time  `json:"created_at"`
	StartedAt   *time.Time  `json:"started_at" doc:"of the last run"`
	FinishedAt  *time.Time  `json:"finished_at"`
	DeviceID    *int64      `json:"device_id"`
	DeviceName  string      `json:"device_name"`
	Progress    JobProgress `json:"progress"`
}

// JobProgress is how far a job is.
type JobProgress struct {
	Done  int    `json:"done"`
	Total int    `json:"total" doc:"0 while not known"`
	Text  string `json:"text"`
}

type jobOutput struct{ Body Job }

type jobsInput struct {
	PageParams
	Kind     string `query:"kind"`
	State    string `query:"state"`
	DeviceID string `query:"device_id"`
}

func (s *server) jobRoutes() {
	const list, one = "/api/v1/jobs", "/api/v1/jobs/{id}"
	add(s, route{method: http.MethodGet, path: list, id: "list-jobs", access: Viewer, tag: "jobs", summary: "List jobs"}, s.listJobs)
	add(s, route{method: http.MethodGet, path: one, id: "get-job", access: Viewer, tag: "jobs", summary: "Show a job"}, s.getJob)
	add(s, route{method: http.MethodPost, path: one + "/cancel", id: "cancel-job", access: Operator, tag: "jobs", summary: "Cancel a job"}, s.cancelJob)
	add(s, route{method: http.MethodPost, path: one + "/retry", id: "retry-job", access: Operator, tag: "jobs", summary: "Run a job again now"}, s.retryJob)
}

func (s *server) listJobs(ctx context.Context, in *jobsInput) (*listOutput[Job], error) {
	p, err := s.queue.List(ctx, listQuery(in))
	if err != nil {
		return nil, err
	}
	ids := make([]gam.DeviceID, len(p.Items))
	for i, j := range p.Items {
		ids[i] = j.DeviceID
	}
	n, err := s.lookup(ctx).onDevices(ids...)
	if err != nil {
		return nil, err
	}
	return page(p, n.showJob), nil
}

func (s *server) getJob(ctx context.Context, in *idInput) (*jobOutput, error) {
	j, err := s.queue.Get(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	n, err := s.lookup(ctx).onDevices(j.DeviceID)
	if err != nil {
		return nil, err
	}
	return &jobOutput{n.showJob(j)}, nil
}

func (s *server) cancelJob(ctx context.Context, in *idInput) (*jobOutput, error) {
	return s.onJob(ctx, in, "job.cancel", s.queue.Cancel)
}

func (s *server) retryJob(ctx context.Context, in *idInput) (*jobOutput, error) {
	return s.onJob(ctx, in, "job.retry", s.queue.Retry)
}

func (s *server) onJob(ctx context.Context, in *idInput, action string, do func(context.Context, int64) (jobs.Info, error)) (*jobOutput, error) {
	j, err := do(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	if err := s.audit(ctx, action, object("job", j.ID, j.Kind), ""); err != nil {
		return nil, err
	}
	return s.getJob(ctx, in)
}

func (n *names) showJob(j jobs.Info) Job {
	return Job{
		ID: j.ID, Kind: j.Kind, State: string(j.State), Attempts: j.Attempts, LastError: j.LastError,
		ScheduledAt: timeOrNull(j.ScheduledAt), CreatedAt: timeOrNull(j.CreatedAt), StartedAt: timeOrNull(j.StartedAt), FinishedAt: timeOrNull(j.FinishedAt),
		DeviceID: orNull(int64(j.DeviceID)), DeviceName: n.device[j.DeviceID].Name,
		Progress: JobProgress{Done: j.Progress.Done, Total: j.Progress.Total, Text: j.Progress.Text},
	}
}
