package api

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
)

// Problem is every error answer (RFC 9457). Code is stable, for programs;
// Detail says what happened and what to do, for people. What was sent is never
// repeated in it: an input may hold a password.
type Problem struct {
	Type   string         `json:"type" doc:"about:blank, or a page about this kind of problem" example:"about:blank"`
	Title  string         `json:"title" doc:"the status in words" example:"Not Found"`
	Status int            `json:"status" example:"404"`
	Detail string         `json:"detail" doc:"what happened and what to do, for people"`
	Code   string         `json:"code" doc:"stable, for programs" example:"not_found"`
	Errors []ProblemField `json:"errors,omitempty" nullable:"false" doc:"the refused fields, all at once"`

	retryAfter time.Duration
}

// ProblemField is one refused field.
type ProblemField struct {
	Field   string `json:"field" example:"vlan_id"`
	Code    string `json:"code" example:"vlan_reserved"`
	Message string `json:"message"`
}

func (p *Problem) Error() string { return p.Detail }

// GetStatus implements huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// ContentType implements huma.ContentTypeFilter.
func (p *Problem) ContentType(string) string { return "application/problem+json" }

// GetHeaders implements huma.HeadersError.
func (p *Problem) GetHeaders() http.Header {
	if p.retryAfter <= 0 {
		return nil
	}
	// Rounded up: a client that comes back on the second is not early.
	s := int((p.retryAfter + time.Second - 1) / time.Second)
	return http.Header{"Retry-After": {strconv.Itoa(s)}}
}

func problem(status int, code, detail string) *Problem {
	return &Problem{Type: "about:blank", Title: http.StatusText(status), Status: status, Code: code, Detail: detail}
}

// invalid is the problem of a single refused field.
func invalid(field, code, message string) error {
	return &gam.Invalid{Fields: []gam.FieldError{{Field: field, Code: code, Message: message}}}
}

// asProblem is the only place where an error becomes a status code. An error
// that nobody foresaw is a 500 whose text stays in the log.
func asProblem(err error) *Problem {
	var (
		p   *Problem
		bad *gam.Invalid
		rul *gam.Rule
		dev *driver.Error
	)
	switch {
	case errors.As(err, &p):
		return p
	case errors.As(err, &bad):
		p = problem(http.StatusUnprocessableEntity, "invalid", "some fields were refused: "+bad.Error())
		for _, f := range bad.Fields {
			p.Errors = append(p.Errors, ProblemField{f.Field, f.Code, f.Message})
		}
		return p
	case errors.As(err, &rul):
		return problem(http.StatusUnprocessableEntity, rul.Code, rul.Message)
	case errors.Is(err, gam.ErrNotFound):
		return problem(http.StatusNotFound, "not_found", err.Error())
	case errors.Is(err, gam.ErrStale):
		return problem(http.StatusPreconditionFailed, "stale", err.Error()+"; read it again and repeat your change")
	case errors.Is(err, gam.ErrConflict):
		return problem(http.StatusConflict, "conflict", err.Error())
	case errors.As(err, &dev):
		return deviceProblem(dev)
	case errors.Is(err, context.DeadlineExceeded):
		return problem(http.StatusGatewayTimeout, "timeout", "it took too long; try again, and look at the job list")
	case errors.Is(err, context.Canceled):
		return problem(statusClientGone, "canceled", "the request was given up")
	}
	return problem(http.StatusInternalServerError, "internal",
		"something went wrong on our side; the log has the cause under this request's id")
}

// statusClientGone is what the log shows of a request whose client left; no
// client sees it.
const statusClientGone = 499

// deviceProblem keeps the kinds of a device's failure apart.
func deviceProblem(e *driver.Error) *Problem {
	status := http.StatusBadGateway
	switch e.Kind {
	case driver.Unreachable:
		status = http.StatusGatewayTimeout
	case driver.Busy:
		status = http.StatusServiceUnavailable
	case driver.Unsupported:
		status = http.StatusNotImplemented
	case driver.Rejected:
		status = http.StatusConflict
	case driver.Refused, driver.Garbled:
	}
	p := problem(status, "device_"+string(e.Kind), e.Error())
	if e.Kind == driver.Busy {
		p.retryAfter = 5 * time.Second
	}
	return p
}

// humaProblem is huma's error constructor in our shape: places become fields,
// values are dropped (huma would repeat even a whole object with a password),
// and so are the texts of the JSON parser, which quote the input.
func humaProblem(status int, msg string, errs ...error) huma.StatusError {
	p := problem(status, codeOf(status), msg)
	for _, err := range errs {
		var own *Problem
		if errors.As(err, &own) {
			return own
		}
		var d huma.ErrorDetailer
		if !errors.As(err, &d) {
			continue
		}
		detail := d.ErrorDetail()
		if detail.Location == "body" && (status == http.StatusBadRequest || detail.Value != nil && strings.HasPrefix(detail.Message, "json:")) {
			p.Status, p.Title, p.Code = http.StatusBadRequest, http.StatusText(http.StatusBadRequest), "bad_json"
			p.Detail = "the body is not JSON that can be read"
			continue
		}
		if status == http.StatusUnsupportedMediaType {
			continue
		}
		f := ProblemField{Field: fieldOf(detail.Location), Code: "invalid", Message: detail.Message}
		switch detail.Message {
		case "unexpected property":
			f.Code, f.Message = "unknown_field", "there is no such field here; check its spelling"
		case "unknown query parameter":
			f.Code, f.Message = "unknown_parameter", "there is no such filter or parameter here; check its spelling"
		}
		if strings.HasPrefix(f.Message, "expected required property") {
			f.Code = "required"
			f.Field = strings.TrimPrefix(f.Field+"."+quotedWord(f.Message), ".")
			f.Message = "is required"
		}
		p.Errors = append(p.Errors, f)
	}
	switch {
	case status == http.StatusUnsupportedMediaType:
		p.Detail = "send the body as application/json"
	case len(p.Errors) > 0:
		var names []string
		for _, f := range p.Errors {
			names = append(names, f.Field+": "+f.Message)
		}
		p.Detail = "some fields were refused: " + strings.Join(names, "; ")
	}
	return p
}

// quotedWord is the property that huma's "expected required property x to be
// present" names.
func quotedWord(msg string) string {
	rest := strings.TrimPrefix(msg, "expected required property ")
	word, _, _ := strings.Cut(rest, " ")
	return word
}

// fieldOf turns huma's location ("body.double_tag.nni", "query.limit") into
// the field's name.
func fieldOf(location string) string {
	for _, p := range []string{"body.", "query.", "path.", "header."} {
		if rest, ok := strings.CutPrefix(location, p); ok {
			return rest
		}
	}
	if location == "body" {
		return ""
	}
	return location
}

func codeOf(status int) string {
	switch status {
	case http.StatusBadRequest:
		return "bad_request"
	case http.StatusUnauthorized:
		return "unauthenticated"
	case http.StatusForbidden:
		return "forbidden"
	case http.StatusNotFound:
		return "not_found"
	case http.StatusMethodNotAllowed:
		return "method_not_allowed"
	case http.StatusRequestEntityTooLarge:
		return "too_large"
	case http.StatusUnsupportedMediaType:
		return "unsupported_media_type"
	case http.StatusUnprocessableEntity:
		return "invalid"
	}
	if status >= http.StatusInternalServerError {
		return "internal"
	}
	return "error"
}

func init() {
	// huma builds its error answers through one global; ours has to be in
	// place before the first route is registered, because the OpenAPI document
	// takes the error's schema from it.
	huma.NewError = humaProblem
}

// wrap makes every error of a handler a Problem and logs what nobody foresaw.
func wrap[I, O any](log *slog.Logger, h func(context.Context, *I) (*O, error)) func(context.Context, *I) (*O, error) {
	return func(ctx context.Context, in *I) (*O, error) {
		out, err := h(ctx, in)
		if err == nil {
			return out, nil
		}
		p := asProblem(err)
		if p.Status == http.StatusInternalServerError {
			log.ErrorContext(ctx, "request failed", "request", requestID(ctx), "err", err)
		}
		return nil, p
	}
}
