package api

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"github.com/opengam/opengam/internal/roster"
)

const (
	// uploadTimeout bounds the sending of a file: 32 MB at 2 Mbit/s.
	uploadTimeout = 2 * time.Minute
	// importTimeout bounds the work on it: the largest file took three minutes
	// on PostgreSQL on two cores.
	importTimeout = 15 * time.Minute
	// exportWriteTimeout ends a download whose client no longer reads.
	exportWriteTimeout = 30 * time.Second
	// maxParts is how many parts of a form are looked at for the file.
	maxParts = 10
	// formOverhead is what a form may add to the file, in bytes.
	formOverhead = 64 << 10
)

// ImportFault is what is wrong with one line of a file.
type ImportFault struct {
	Line    int    `json:"line" doc:"where the line begins, as an editor counts"`
	Field   string `json:"field" doc:"the column; empty for the line as a whole"`
	Code    string `json:"code" doc:"stable, for programs"`
	Message string `json:"message"`
}

// ImportResult is what became of a file, or would.
type ImportResult struct {
	DryRun     bool          `json:"dry_run"`
	Applied    bool          `json:"applied" doc:"false: nothing was written, because it was a dry run or a line was refused"`
	Total      int           `json:"total" doc:"lines, without the header and empty ones"`
	Created    int           `json:"created"`
	Updated    int           `json:"updated"`
	Ended      int           `json:"ended"`
	Unchanged  int           `json:"unchanged"`
	Failed     int           `json:"failed" doc:"lines that were refused"`
	Errors     []ImportFault `json:"errors" nullable:"false" doc:"the first 10,000"`
	ErrorCount int           `json:"error_count" doc:"how many errors there are"`
}

type importOutput struct{ Body ImportResult }

type importInput struct {
	DryRun     bool `query:"dry_run" default:"true" doc:"say what would become of each line; write nothing"`
	SkipErrors bool `query:"skip_errors" doc:"leave out refused lines instead of writing nothing"`

	request huma.Context
}

// Resolve keeps the request, whose body huma would read as a whole.
func (in *importInput) Resolve(c huma.Context) []error {
	in.request = c
	return nil
}

type exportInput struct {
	Sort string `query:"sort" doc:"a field; -field for descending"`
	Q    string `query:"q" maxLength:"200" doc:"free text"`
	BOM  bool   `query:"bom" doc:"begin with a byte order mark, for old spreadsheets"`
	SubscriberFilters
}

func (s *server) subscriberFileRoutes() {
	const exportPath, importPath = "/api/v1/subscribers:export", "/api/v1/subscribers:import"
	add(s, route{method: http.MethodGet, path: exportPath, id: "export-subscribers", access: Viewer, tag: "subscribers", summary: "Subscribers as a CSV file",
		doc: "The filters and the order are those of the list. A cell that a spreadsheet would take for a formula begins with an apostrophe, which the import takes away."}, s.exportSubscribers)
	add(s, route{method: http.MethodPost, path: importPath, id: "import-subscribers", access: Operator, tag: "subscribers", summary: "Order from a CSV file", bodyBytes: roster.MaxBytes + formOverhead,
		doc: "The first line names the columns, in any order; they are those of the export, and those that are left out stay as they are. A line with an `id`, or with a `device_name` that is borne on its `device`, changes that subscriber, another one orders a service. Devices and plans are given by name or id. At most 32 MB and 100,000 lines.\n\n" +
			"With a refused line nothing is written, unless `skip_errors` is set. It is a dry run unless `dry_run=false`."}, s.importSubscribers)
	paths := s.huma.OpenAPI().Paths
	paths[exportPath].Get.Responses["200"].Content = map[string]*huma.MediaType{"text/csv": {Schema: &huma.Schema{Type: "string"}}}
	paths[importPath].Post.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"text/csv": {Schema: &huma.Schema{Type: "string"}},
		"multipart/form-data": {Schema: &huma.Schema{Type: "object", Required: []string{"file"}, Properties: map[string]*huma.Schema{
			"file": {Type: "string", Format: "binary"},
		}}},
	}}
}

func (s *server) exportSubscribers(ctx context.Context, in *exportInput) (*streamOutput, error) {
	list := subscribersInput{ListParams: ListParams{PageParams: PageParams{Sort: in.Sort}, Q: in.Q}, SubscriberFilters: in.SubscriberFilters}
	e, err := roster.NewExport(ctx, s.store, listQuery(&list))
	if err != nil {
		return nil, err
	}
	return &streamOutput{func(c huma.Context) {
		r, w := humago.Unwrap(c)
		rc := http.NewResponseController(w)
		h := w.Header()
		h.Set("Content-Type", "text/csv; charset=utf-8")
		h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="subscribers-%s.csv"`, s.now().Format(time.DateOnly)))
		if r.Method == http.MethodHead {
			return
		}
		err := e.Write(ctx, w, in.BOM, func() {
			_ = rc.Flush()
			_ = rc.SetWriteDeadline(time.Now().Add(exportWriteTimeout))
		})
		_ = rc.SetWriteDeadline(time.Time{})
		if err != nil {
			s.log.WarnContext(ctx, "export ended early", "request", requestID(ctx), "err", err)
			panic(http.ErrAbortHandler) // or the client would take it for the whole
		}
	}}, nil
}

func (s *server) importSubscribers(ctx context.Context, in *importInput) (*importOutput, error) {
	// One at a time: each holds its file in memory, and orders wait for each
	// other anyway.
	select {
	case s.importing <- struct{}{}:
		defer func() { <-s.importing }()
	default:
		p := problem(http.StatusServiceUnavailable, "import_running", "another file is being imported; try again when it is done")
		p.retryAfter = 10 * time.Second
		return nil, p
	}
	data, err := readFile(in.request)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, importTimeout)
	defer cancel()
	res, err := roster.Import(ctx, s.store, s.orders, actor(ctx), data, roster.Options{DryRun: in.DryRun, SkipErrors: in.SkipErrors})
	if err != nil {
		return nil, err
	}
	out := &importOutput{ImportResult{
		DryRun: res.DryRun, Applied: res.Applied, Total: res.Total, Created: res.Created, Updated: res.Updated, Ended: res.Ended,
		Unchanged: res.Unchanged, Failed: res.Failed, ErrorCount: res.FaultCount, Errors: make([]ImportFault, 0, len(res.Faults)),
	}}
	for _, f := range res.Faults {
		out.Body.Errors = append(out.Body.Errors, ImportFault(f))
	}
	return out, nil
}

// readFile takes the file out of a request: its body, or a part of its form.
func readFile(c huma.Context) ([]byte, error) {
	r, w := humago.Unwrap(c)
	kind, params, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil {
		kind = ""
	}
	rc := http.NewResponseController(w)
	_ = rc.SetReadDeadline(time.Now().Add(uploadTimeout)) // a replayed body has none
	defer func() { _ = rc.SetReadDeadline(time.Time{}) }()
	body := http.MaxBytesReader(w, r.Body, roster.MaxBytes+formOverhead)
	switch kind {
	case "text/csv", "application/csv", "text/plain", "application/vnd.ms-excel": // Windows calls CSV the latter
		return readAll(body)
	case "multipart/form-data":
		form := multipart.NewReader(body, params["boundary"])
		for range maxParts {
			part, err := form.NextPart()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, unreadable(err)
			}
			if part.FormName() == "file" {
				return readAll(part)
			}
		}
		return nil, invalid("file", "required", "the form has no file; send it as the part named file")
	}
	return nil, problem(http.StatusUnsupportedMediaType, "unsupported_media_type", "send the file as text/csv, or as the part file of multipart/form-data")
}

func readAll(from io.Reader) ([]byte, error) {
	var b bytes.Buffer
	if _, err := b.ReadFrom(from); err != nil {
		return nil, unreadable(err)
	}
	return b.Bytes(), nil
}

func unreadable(err error) error {
	var large *http.MaxBytesError
	if errors.As(err, &large) {
		return problem(http.StatusRequestEntityTooLarge, "too_large", "a file has at most 32 MB; split it")
	}
	return problem(http.StatusBadRequest, "bad_request", "the body could not be read to its end")
}
