package roster

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/order"
	"github.com/opengam/opengam/internal/store"
)

// maxFaults is how many faults are told in full; all are counted.
const maxFaults = 10_000

// chunk is how many lines are one transaction when faulty lines are left out.
// Every other writer waits for its end.
const chunk = 1000

// Options of an import.
type Options struct {
	DryRun     bool // say what would become of each line, write nothing
	SkipErrors bool // leave out faulty lines instead of refusing them all
}

// Result is what became of a file, or would.
type Result struct {
	DryRun                                            bool
	Applied                                           bool // something may have been written
	Total, Created, Updated, Ended, Unchanged, Failed int  // lines
	Faults                                            []Fault
	FaultCount                                        int
}

func (r *Result) fault(f Fault) {
	r.FaultCount++
	if len(r.Faults) < maxFaults {
		r.Faults = append(r.Faults, f)
	}
}

// errFaulty undoes the transaction of a file with faulty lines.
var errFaulty = errors.New("some lines are faulty")

// Import orders what a file says. A line with an id, or with the name that a
// subscriber bears on the device, changes that one; another line orders a new
// one. Columns that a file does not have are left as they are; an empty cell
// is none, or what the order fills in.
//
// All lines are one transaction: with a faulty line nothing is written. With
// SkipErrors the others are, a thousand at a time. A file that cannot be read
// as a whole is *gam.Invalid.
func Import(ctx context.Context, st *store.Store, orders *order.Orders, actor string, data []byte, o Options) (Result, error) {
	res := Result{DryRun: o.DryRun}
	f, err := open(data)
	if err != nil {
		return res, err
	}
	n, err := readNames(ctx, st)
	if err != nil {
		return res, err
	}
	take := func(ctx context.Context, fn func(context.Context, *order.Batch) error) error {
		return orders.Batch(ctx, actor, fn)
	}
	if o.DryRun {
		take = orders.DraftBatch
	}
	size := f.lines
	if o.SkipErrors && !o.DryRun {
		size = chunk
	}
	seen := map[gam.SubscriberID]int{}
	for more := true; more; {
		var then Result
		var rest reader
		err := take(ctx, func(ctx context.Context, b *order.Batch) (err error) {
			im := importer{names: n, file: f, batch: b, seen: seen, res: res}
			im.res.Faults = slices.Clip(res.Faults) // a transaction may be run again
			im.file.reader = f.reader
			if more, err = im.lines(ctx, size); err != nil {
				return err
			}
			then, rest = im.res, im.file.reader
			if then.Failed > 0 && !o.SkipErrors && !o.DryRun {
				return errFaulty
			}
			if then.Created+then.Updated+then.Ended == res.Created+res.Updated+res.Ended {
				return nil
			}
			return b.Note(ctx, "subscribers.import", "subscribers", then.text())
		})
		if errors.Is(err, errFaulty) {
			then.Created, then.Updated, then.Ended, then.Unchanged = 0, 0, 0, 0
			return then, nil
		}
		if err != nil {
			// What earlier chunks wrote stands; the file can be sent again.
			return res, fmt.Errorf("import subscribers: %w", err)
		}
		res, f.reader = then, rest
	}
	res.Applied = !o.DryRun
	return res, nil
}

func (r Result) text() string {
	return fmt.Sprintf("%d lines: %d created, %d updated, %d ended, %d unchanged, %d failed", r.Total, r.Created, r.Updated, r.Ended, r.Unchanged, r.Failed)
}

// file is one whose header has been read.
type file struct {
	reader reader // at the first line
	header []string
	lines  int // at most, beside the header
}

// open reads the header, and looks once through everything else, so that a
// transaction is not begun for a file that ends in the middle of a cell.
func open(data []byte) (file, error) {
	r, err := newReader(data)
	if err != nil {
		return file{}, err
	}
	first, ok, err := r.next()
	for ok && err == nil && first.empty() {
		first, ok, err = r.next()
	}
	switch {
	case err != nil:
		return file{}, err
	case !ok:
		return file{}, fileFault("empty", "the file is empty; the first line names the columns: %s", strings.Join(Columns, ", "))
	case first.fault != nil:
		return file{}, fileFault(first.fault.Code, "line %d (the columns): %s", first.no, first.fault.Message)
	}
	f := file{reader: *r}
	if f.header, err = header(first.cells); err != nil {
		return f, err
	}
	for {
		_, ok, err := r.next()
		if err != nil {
			return f, err
		}
		if !ok {
			return f, nil
		}
		if f.lines++; f.lines > MaxLines {
			return f, fileFault("too_many_lines", "a file has at most %d lines; split it", MaxLines)
		}
	}
}

// header reads the names of the columns. A nameless column at the end is one
// that a spreadsheet has added.
func header(cells []string) ([]string, error) {
	var bad gam.Invalid
	var names []string
	for _, c := range cells {
		names = append(names, strings.ToLower(strings.TrimSpace(harmful(c))))
	}
	for len(names) > 0 && names[len(names)-1] == "" {
		names = names[:len(names)-1]
	}
	for i, name := range names {
		shown := gam.Clip(name, 40)
		switch {
		case !slices.Contains(Columns, name):
			bad.Check(shown, &gam.Rule{Code: "unknown_column", Message: fmt.Sprintf("there is no column %q; known are %s", shown, strings.Join(Columns, ", "))})
		case slices.Contains(names[:i], name):
			bad.Check(shown, &gam.Rule{Code: "duplicate_column", Message: fmt.Sprintf("column %q is there twice", shown)})
		}
	}
	if bad.Err() == nil && !slices.Contains(names, "name") && !slices.Contains(names, "id") && !slices.Contains(names, "device_name") {
		bad.Check("file", &gam.Rule{Code: "columns", Message: "a file needs a column name for new subscribers, or id (or device and device_name) for existing ones"})
	}
	return names, bad.Err()
}

// importer works the lines of one transaction.
type importer struct {
	names names
	file  file
	batch *order.Batch
	seen  map[gam.SubscriberID]int // line by which a subscriber was changed
	res   Result
}

// lines works at most n lines; more is false at the end of the file.
func (im *importer) lines(ctx context.Context, n int) (more bool, err error) {
	for range n {
		l, ok, err := im.file.reader.next()
		if err != nil || !ok {
			return false, err
		}
		if l.empty() {
			continue
		}
		im.res.Total++
		if err := im.line(ctx, l); err != nil {
			return false, err
		}
	}
	return len(im.file.reader.rest) > 0, nil
}

// line works one line; only what is not the line's fault is an error.
func (im *importer) line(ctx context.Context, l line) error {
	fail := func(f Fault) error {
		im.res.Failed++
		im.res.fault(f)
		return nil
	}
	if l.fault != nil {
		return fail(*l.fault)
	}
	for len(l.cells) > len(im.file.header) && l.cells[len(l.cells)-1] == "" {
		l.cells = l.cells[:len(l.cells)-1]
	}
	if have, want := len(l.cells), len(im.file.header); have != want {
		return fail(Fault{l.no, "", "cell_count", fmt.Sprintf("the line has %d cells, there are %d columns; look for a missing quote or separator", have, want)})
	}
	err := im.order(ctx, l)
	var bad *gam.Invalid
	switch {
	case err == nil:
		return nil
	case errors.As(err, &bad):
		im.res.Failed++
		for _, f := range bad.Fields {
			column, ok := columnOf[f.Field]
			if !ok {
				column = f.Field
			}
			im.res.fault(Fault{l.no, column, f.Code, f.Message})
		}
		return nil
	case order.Refused(err):
		return fail(Fault{l.no, "", "refused", err.Error()})
	}
	return fmt.Errorf("line %d: %w", l.no, err)
}

// order places the order of a line.
func (im *importer) order(ctx context.Context, l line) error {
	e, err := im.names.parse(im.file.header, l.cells)
	if err != nil {
		return err
	}
	by := "id"
	if e.id == 0 && given(e.patch.DeviceID) && given(e.patch.DeviceName) {
		by = "device_name"
		if e.id, err = im.batch.Named(ctx, *e.patch.DeviceID, *e.patch.DeviceName); err != nil {
			return err
		}
	}
	if e.id == 0 {
		return im.create(ctx, l.no, e)
	}
	if before, ok := im.seen[e.id]; ok && before < l.no {
		return one(by, "line_twice", fmt.Sprintf("line %d is about subscriber %d as well; keep one of the two", before, e.id))
	}
	im.seen[e.id] = l.no
	old, err := im.batch.Subscriber(ctx, e.id)
	if errors.Is(err, gam.ErrNotFound) {
		return one("id", "subscriber_unknown", fmt.Sprintf("there is no subscriber %d; leave the id empty to order a new one", e.id))
	}
	if err != nil {
		return err
	}
	e.tag(old.DoubleTag)
	if err := e.refer(old.External); err != nil {
		return err
	}
	_, changed, err := im.batch.Update(ctx, e.id, e.patch, e.status)
	switch {
	case err != nil:
		return err
	case !changed:
		im.res.Unchanged++
	case e.status == gam.SubEnded:
		im.res.Ended++
	default:
		im.res.Updated++
	}
	return nil
}

func (im *importer) create(ctx context.Context, line int, e entry) error {
	e.tag(nil)
	if err := e.refer(nil); err != nil {
		return err
	}
	s, err := im.batch.Create(ctx, e.patch.Put(gam.Subscriber{Status: e.status}))
	if err != nil {
		return err
	}
	im.seen[s.ID] = line
	im.res.Created++
	return nil
}

// tag puts the outer tag into the patch; a file without a column for the
// uplink keeps the old one.
func (e *entry) tag(old *gam.DoubleTag) {
	if e.outer == nil {
		return
	}
	var tag *gam.DoubleTag
	if *e.outer != 0 {
		tag = &gam.DoubleTag{OuterVLANID: *e.outer}
		switch {
		case e.nni != nil:
			tag.NNI = *e.nni
		case old != nil:
			tag.NNI = old.NNI
		}
	}
	e.patch.DoubleTag = &tag
}

// refer puts the customer ids into the patch. A file may give those that no
// billing system keeps; what ties a subscriber to one is changed there.
func (e *entry) refer(old []gam.ExternalRef) error {
	if e.customer == nil || *e.customer == customers(old) {
		return nil
	}
	for _, r := range old {
		if r.SystemID != 0 {
			return one("customer_id", "customer_id_bound", "a billing system ties this subscriber to a customer; change it there")
		}
	}
	var refs []gam.ExternalRef
	for id := range strings.SplitSeq(*e.customer, ";") {
		if id = gam.Clean(id, maxCustomerID+1); len(id) > maxCustomerID {
			return one("customer_id", "customer_id_too_long", "a customer id has at most 127 bytes")
		}
		if id != "" {
			refs = append(refs, gam.ExternalRef{CustomerID: id})
		}
	}
	e.patch.External = &refs
	return nil
}

func given[T comparable](p *T) bool {
	var none T
	return p != nil && *p != none
}

func one(field, code, message string) error {
	return &gam.Invalid{Fields: []gam.FieldError{{Field: field, Code: code, Message: message}}}
}
