package positron

import (
	"context"
	"errors"
	"net/http"
	"time"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/wire/jsonrpc"
)

// Waiting for a copy of the configuration.
const (
	firstLook = 100 * time.Millisecond
	slowLook  = 2 * time.Second
	longSave  = 90 * time.Second // flash of a loaded unit; beyond it something is wrong

	// noneLooks is how often "none" is doubted: right after a copy was
	// accepted it may mean that it has not begun.
	noneLooks = 3
)

type object = map[string]any

// copyLong is the documented form, copyShort the one that also works.
var (
	copyLong = object{
		"Copy": true, "SourceConfigType": "runningConfig", "SourceConfigFile": "runningConfig",
		"DestinationConfigType": "startupConfig", "DestinationConfigFile": "startupConfig", "Merge": false,
	}
	copyShort = object{"Copy": true, "SourceConfigType": "runningConfig", "DestinationConfigType": "startupConfig"}
)

// copyLabels are the outcomes of a copy, in the order of the MIB.
var copyLabels = []string{"none", "success", "inProgress", "errOtherInProcessing", "errNoSuchFile",
	"errSameSrcDst", "errPermissionDenied", "errLoadSrc", "errSaveDst"}

const opSave = "save the configuration"

// Save implements driver.Provisioner: copy, then wait until the device says
// that it is done. A firmware that does not tell the outcome has accepted the
// copy, and that counts.
func (d *Driver) Save(ctx context.Context) error {
	release, err := d.hold(ctx, opSave)
	if err != nil {
		return err
	}
	defer release()
	form, isShort := copyLong, !d.lacks.has(groupCopy+" long form")
	if isShort {
		form = copyShort
	}
	err = d.tell(ctx, opSave, groupCopy+".set", form)
	if !isShort && codeOf(err) == jsonrpc.CodeInvalidParams {
		if err = d.tell(ctx, opSave, groupCopy+".set", copyShort); err == nil {
			d.lacks.note(groupCopy + " long form")
		}
	}
	if err != nil {
		return err
	}
	return d.awaitCopy(ctx)
}

func (d *Driver) awaitCopy(ctx context.Context) error {
	waited, wait := time.Duration(0), firstLook
	for looks := 1; ; looks++ {
		status, told, err := d.copyOutcome(ctx)
		switch {
		case err != nil && !unclear(err):
			return err
		case err != nil && looks < noneLooks:
			// A lost or strange answer says nothing about the copy. That it
			// comes every time is this firmware's way not to tell.
			status = "inProgress"
		case err != nil && driver.KindOf(err) == driver.Busy:
			status = "inProgress"
		case err != nil, !told:
			return nil //nolint:nilerr // who does not tell has accepted the copy, and that counts
		}
		label := string(status)
		switch choice(status, copyLabels...) {
		case 0:
			if looks >= noneLooks {
				return nil
			}
		case 1:
			return nil
		case 2:
		case 3:
			return d.saveFailed(driver.Busy, "another copy of the configuration is going on", "is tried again")
		case 6:
			return d.saveFailed(driver.Refused, "the device's user may not save the configuration", remedyLogin)
		case 4, 5, 7, 8:
			return d.saveFailed(driver.Rejected, "the device could not save ("+label+")", "look at the free flash memory and the log of the device")
		default:
			return d.saveFailed(driver.Garbled, "the outcome of saving is not known: "+gam.Clip(label, 40), "")
		}
		if waited >= longSave {
			return d.saveFailed(driver.Busy, "saving has taken "+waited.String()+" and is not done", "is tried again")
		}
		if err := d.pause(ctx, wait); err != nil {
			return &driver.Error{Kind: driver.Unreachable, Device: d.target.Name, Op: opSave, Text: "given up while the device was saving", Err: err}
		}
		waited, wait = waited+wait, min(2*wait, slowLook)
	}
}

// copyOutcome asks how the copy stands; told is false where the firmware does
// not tell.
func (d *Driver) copyOutcome(ctx context.Context) (status text, told bool, err error) {
	const method = groupCopyStatus + ".get"
	raw, err := d.ask(ctx, opSave, method)
	var rpc *jsonrpc.RPCError
	switch kind := driver.KindOf(err); {
	case kind == driver.Unsupported:
		return "", false, nil
	case errors.As(err, &rpc) && kind != driver.Busy:
		d.lacks.note(method)
		return "", false, nil
	case err != nil:
		return "", false, err
	}
	all, ok := readable[copyStatus](raw)
	if !ok {
		d.lacks.note(method)
	}
	return first(all).Status, len(all) > 0, nil
}

// unclear reports whether an answer that failed leaves open how the copy
// stands: the device is there, and said nothing of use.
func unclear(err error) bool {
	var w *jsonrpc.Error
	if !errors.As(err, &w) {
		return driver.KindOf(err) == driver.Busy
	}
	switch w.Cause {
	case jsonrpc.HTTPStatus:
		return w.Status != http.StatusUnauthorized
	case jsonrpc.Broken, jsonrpc.NotJSON, jsonrpc.Truncated, jsonrpc.TooLarge:
		return true
	}
	return false
}

func (d *Driver) saveFailed(k driver.Kind, text, remedy string) error {
	return &driver.Error{Kind: k, Device: d.target.Name, Op: opSave, Text: text, Remedy: remedy, Err: errors.New(text)}
}
