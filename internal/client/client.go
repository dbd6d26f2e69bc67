// Package client speaks OpenGAM's own REST API for the command line. It knows
// the shapes of requests and of problems, not what they mean.
package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// maxAnswer bounds an answer that is read into memory.
const maxAnswer = 64 << 20

// Client calls one server with one token.
type Client struct {
	base  string
	token string
	key   string // Idempotency-Key of writes, empty for none
	http  *http.Client
}

// New makes a client for a server's base URL, for example
// "http://localhost:8001", and an API token.
func New(base, token string) (*Client, error) {
	u, err := url.Parse(base)
	if err != nil || (u.Scheme != "http" && u.Scheme != "https") || u.Host == "" {
		return nil, fmt.Errorf("server URL %q: want http://host:port or https://host:port (set OPENGAM_URL)", base)
	}
	if token == "" {
		return nil, errors.New("no API token: set OPENGAM_TOKEN, or run on the server's machine with its OPENGAM_DATA_DIR")
	}
	return &Client{
		base:  strings.TrimRight(base, "/"),
		token: token,
		http:  &http.Client{Timeout: 2 * time.Minute},
	}, nil
}

// Once gives a client whose writes carry an idempotency key: repeating one
// after a lost answer does it once.
func (c *Client) Once(key string) *Client {
	k := *c
	k.key = key
	return &k
}

// Problem is an error that the server answered (RFC 9457).
type Problem struct {
	Status int    `json:"status"`
	Title  string `json:"title"`
	Detail string `json:"detail"`
	Code   string `json:"code"`
	Errors []struct {
		Field   string `json:"field"`
		Message string `json:"message"`
	} `json:"errors"`
}

func (p *Problem) Error() string {
	s := p.Detail
	if s == "" {
		s = p.Title
	}
	for _, e := range p.Errors {
		if strings.Contains(s, e.Message) {
			continue // the detail says it already
		}
		if e.Field == "" {
			s += "\n  " + e.Message
			continue
		}
		s += "\n  " + e.Field + ": " + e.Message
	}
	return s
}

// Do sends body (nil for none) as JSON and reads the answer into out (nil to
// drop it). A refusal by the server is a *Problem.
func (c *Client) Do(ctx context.Context, method, path string, body, out any) error {
	var in io.Reader
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("encode request: %w", err)
		}
		in = bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, c.base+path, in)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	req.Header.Set("Authorization", "Bearer "+c.token)
	req.Header.Set("Accept", "application/json")
	if body != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.key != "" {
		req.Header.Set("Idempotency-Key", c.key)
	}
	res, err := c.http.Do(req)
	if err != nil {
		return fmt.Errorf("reach the server at %s: %w (is `opengam serve` running?)", c.base, err)
	}
	defer func() { _ = res.Body.Close() }()
	answer, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return fmt.Errorf("%s %s: read the answer: %w", method, path, err)
	}
	if res.StatusCode >= http.StatusBadRequest {
		p := &Problem{}
		if json.Unmarshal(answer, p) != nil || (p.Title == "" && p.Detail == "") {
			p.Detail = fmt.Sprintf("%s %s answered %s", method, path, res.Status)
		}
		p.Status = res.StatusCode
		return p
	}
	if out == nil || len(answer) == 0 {
		return nil
	}
	if err := json.Unmarshal(answer, out); err != nil {
		return fmt.Errorf("%s %s: the answer is not what was expected: %w", method, path, err)
	}
	return nil
}

// List is one page of any list.
type List[T any] struct {
	Items []T    `json:"items"`
	Total int    `json:"total"`
	Next  string `json:"next"`
}

// All reads every page of a list.
func All[T any](ctx context.Context, c *Client, path string, query url.Values) ([]T, error) {
	if query == nil {
		query = url.Values{}
	}
	query.Set("limit", "500")
	var all []T
	for {
		var page List[T]
		if err := c.Do(ctx, http.MethodGet, path+"?"+query.Encode(), nil, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Items...)
		if page.Next == "" || len(page.Items) == 0 {
			return all, nil
		}
		query.Set("cursor", page.Next)
	}
}
