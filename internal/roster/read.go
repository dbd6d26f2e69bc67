// Package roster is subscribers as a CSV file: what a person sees in a list
// goes out, and what was edited in a spreadsheet comes back as orders. It
// reads and writes text and finds the subscriber that a line is about;
// whether an order can be is decided by order, which it places them with.
//
// A file comes from outside and is hostile: a line, a cell and the number of
// cells are bounded while they are read, and nothing but texts of known
// columns goes further.
package roster

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/opengam/opengam/internal/gam"
)

// Limits of a file.
const (
	MaxBytes = 32 << 20
	MaxLines = 100_000 // beside the header
	maxCell  = 8 << 10 // bytes; a note has at most 4,000
	maxCells = 64      // in a line; there are 20 columns
)

// Fault is what is wrong with a line.
type Fault struct {
	Line    int    // as an editor counts, from 1; where the line begins
	Field   string // the column, "" for the line as a whole
	Code    string
	Message string
}

// line is one line of a file, which has several in an editor when a quoted
// cell has line ends.
type line struct {
	no    int
	cells []string
	fault *Fault // the cells are incomplete
}

// empty reports whether there is nothing in a line.
func (l line) empty() bool {
	for _, c := range l.cells {
		if strings.TrimSpace(c) != "" {
			return false
		}
	}
	return l.fault == nil
}

// reader takes a file apart: cells are separated by comma or semicolon, as
// the first line shows, may be quoted, and a line ends with LF, CRLF or CR.
// A quote in the middle of an unquoted cell is a quote.
type reader struct {
	rest  []byte
	comma byte
	no    int // of the line that rest begins with
}

// newReader refuses what is no text at all.
func newReader(data []byte) (*reader, error) {
	switch {
	case len(data) > MaxBytes:
		return nil, fileFault("too_large", "a file has at most %d MB; split it", MaxBytes>>20)
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}), bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return nil, fileFault("encoding", "the file is UTF-16; save it as \"CSV UTF-8\"")
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	return &reader{rest: data, comma: separator(data), no: 1}, nil
}

// separator is the one of , and ; that is more frequent in the first line.
func separator(data []byte) byte {
	first := data
	if i := bytes.IndexAny(data[:min(len(data), maxCell)], "\r\n"); i >= 0 {
		first = data[:i]
	}
	first = first[:min(len(first), maxCell)]
	if bytes.Count(first, []byte{';'}) > bytes.Count(first, []byte{','}) {
		return ';'
	}
	return ','
}

// next is the next line; ok is false at the end. The error is one after which
// lines can no longer be told apart.
func (r *reader) next() (l line, ok bool, err error) {
	if len(r.rest) == 0 {
		return line{}, false, nil
	}
	l.no = r.no
	fault := func(code, format string, args ...any) {
		if l.fault == nil {
			l.fault = &Fault{Line: l.no, Code: code, Message: fmt.Sprintf(format, args...)}
		}
	}
	for n := 1; ; n++ {
		text, err := r.cell(l.no, fault)
		if err != nil {
			return l, false, err
		}
		switch {
		case n > maxCells:
			fault("too_many_cells", "the line has more than %d cells; look for a stray separator or a missing line end", maxCells)
		case len(text) > maxCell:
			fault("cell_too_large", "cell %d has %d bytes, more than %d; shorten it", n, len(text), maxCell)
		case !utf8.Valid(text):
			fault("encoding", "cell %d is not UTF-8; save the file as \"CSV UTF-8\"", n)
		case bytes.IndexByte(text, 0) >= 0:
			fault("nul", "cell %d contains a NUL byte; the file is damaged or not a CSV file", n)
		case l.fault == nil:
			l.cells = append(l.cells, string(text))
		}
		if r.ended() {
			return l, true, nil
		}
	}
}

// cell takes the text of one cell, and leaves rest at what stands behind it.
// Only a cell with doubled quotes is copied.
func (r *reader) cell(no int, fault func(code, format string, args ...any)) ([]byte, error) {
	if len(r.rest) == 0 || r.rest[0] != '"' {
		i := 0
		for i < len(r.rest) && r.rest[i] != r.comma && r.rest[i] != '\n' && r.rest[i] != '\r' {
			i++
		}
		text := r.rest[:i]
		r.rest = r.rest[i:]
		return text, nil
	}
	begin, quotes := 1, false
	for i := 1; ; i++ {
		j := bytes.IndexByte(r.rest[i:], '"')
		if j < 0 {
			return nil, fileFault("quote", "line %d: a quote is opened and never closed; every line after it cannot be read", no)
		}
		i += j
		if i+1 < len(r.rest) && r.rest[i+1] == '"' {
			quotes = true
			i++
			continue
		}
		text := r.rest[begin:i]
		r.no += lineEnds(text)
		r.rest = r.rest[i+1:]
		if tail := bytes.IndexAny(r.rest, string([]byte{r.comma, '\r', '\n'})); tail > 0 || tail < 0 && len(r.rest) > 0 {
			fault("quote", "text stands behind a closing quote; write a quote inside of a quoted cell twice")
			if tail < 0 {
				tail = len(r.rest)
			}
			r.rest = r.rest[tail:]
		}
		if quotes && len(text) <= 2*maxCell {
			text = bytes.ReplaceAll(text, []byte(`""`), []byte(`"`))
		}
		return text, nil
	}
}

// ended takes what stands behind a cell: false for a separator, true for the
// end of the line or of the file.
func (r *reader) ended() bool {
	switch {
	case len(r.rest) == 0:
		return true
	case r.rest[0] == r.comma:
		r.rest = r.rest[1:]
		return false
	case r.rest[0] == '\r' && len(r.rest) > 1 && r.rest[1] == '\n':
		r.rest = r.rest[2:]
	default:
		r.rest = r.rest[1:]
	}
	r.no++
	return true
}

// lineEnds counts LF, CRLF and CR.
func lineEnds(b []byte) int {
	return bytes.Count(b, []byte{'\n'}) + bytes.Count(b, []byte{'\r'}) - bytes.Count(b, []byte("\r\n"))
}

// fileFault refuses a file as a whole.
func fileFault(code, format string, args ...any) error {
	return &gam.Invalid{Fields: []gam.FieldError{{Field: "file", Code: code, Message: fmt.Sprintf(format, args...)}}}
}

// harmless keeps a spreadsheet from taking a cell for a formula: one that
// begins like one gets a quote in front, which harmful takes away.
func harmless(s string) string {
	if begins(strings.TrimLeft(s, "'")) {
		return "'" + s
	}
	return s
}

// harmful undoes harmless.
func harmful(s string) string {
	if strings.HasPrefix(s, "'") && begins(strings.TrimLeft(s, "'")) {
		return s[1:]
	}
	return s
}

func begins(s string) bool { return s != "" && strings.IndexByte("=+-@\t\r\n", s[0]) >= 0 }
