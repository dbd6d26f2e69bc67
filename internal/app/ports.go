package app

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"time"

	"github.com/opengam/opengam/internal/driver"
	"github.com/opengam/opengam/internal/gam"
	"github.com/opengam/opengam/internal/store"
)

const (
	// portDeadline bounds a change of a port with reading back and saving.
	portDeadline = 55 * time.Second
	// portLease outlasts it, so that no pass begins in its middle; it is given
	// back at the end, and runs out when this process dies.
	portLease = portDeadline + 15*time.Second
)

// SetPort changes a G.hn port at once: compared, written down, written, read
// back and saved. It holds the device's lease meanwhile, so that no pass of
// this or another process overlaps. Once begun it is carried out, also when
// the asker leaves.
func (d *devices) SetPort(ctx context.Context, id gam.DeviceID, n int, c gam.PortChange, who string) error {
	p, dev, err := ability[driver.PortConfigurer](ctx, d, id, fmt.Sprintf("change G.hn port %d", n))
	if err != nil {
		return err
	}
	if err := portsMayChange(dev, n); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), portDeadline)
	defer cancel()
	free, got, err := d.alone(ctx, dev, "port change", portLease, aloneWait)
	switch {
	case err != nil:
		return err
	case !got:
		return fmt.Errorf("change port %d of %s: %w: a pass is running on the device; try again in a moment", n, dev.Name, gam.ErrConflict)
	}
	defer free()
	// Again under the lease: the mode, and whether there is something to save
	// already.
	if dev, err = d.store.Device(ctx, id); err != nil {
		return err
	}
	if err := portsMayChange(dev, n); err != nil {
		return err
	}
	return d.setPort(ctx, p, dev, n, c, who)
}

func portsMayChange(dev gam.Device, n int) error {
	if dev.Mode != gam.ModeWatch {
		return nil
	}
	return fmt.Errorf("change port %d of %s: %w: the device is in mode watch, which never writes; change the mode first", n, dev.Name, gam.ErrConflict)
}

func (d *devices) setPort(ctx context.Context, p driver.PortConfigurer, dev gam.Device, n int, c gam.PortChange, who string) error {
	before, err := p.PortSettings(ctx, n)
	if err != nil {
		return err
	}
	want := c.On(before)
	if before.Equal(want) {
		return nil
	}
	change := gam.Change{
		DeviceID: dev.ID, PassID: rand.Text()[:12], Actor: who, Result: gam.ChangeStarted, At: time.Now().UTC(),
		Step: gam.Step{Action: gam.Set, Before: &gam.Entry{Port: &before}, After: &gam.Entry{Port: &want}, Reason: "port changed"},
	}
	// Before the device is touched: what was begun, and that there is
	// something to save, which the next pass does if we cannot.
	err = d.store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		return errors.Join(tx.SetUnsaved(ctx, dev.ID, true), tx.AddChange(ctx, &change))
	})
	if err != nil {
		return err
	}
	found, result, failed := d.writePort(ctx, p, dev, n, c, want)
	untouched := result == gam.ChangeFailed && found != nil && found.Equal(before) && !dev.Unsaved
	if err := d.finishPort(ctx, change, result, failed, untouched); err != nil {
		return errors.Join(failed, err)
	}
	if failed != nil {
		return failed
	}
	d.log.InfoContext(ctx, "a port was changed", "device", dev, "port", n, "by", who)
	if err := d.showPorts(ctx, p, dev); err != nil {
		return err
	}
	prov, ok := p.(driver.Provisioner)
	if !ok {
		return nil
	}
	if err := prov.Save(ctx); err != nil {
		return fmt.Errorf("the port is changed, and is saved with the next pass: %w", err)
	}
	return d.store.SetUnsaved(ctx, dev.ID, false)
}

// writePort changes the port and reads it back; found is nil where that could
// not be read.
func (d *devices) writePort(ctx context.Context, p driver.PortConfigurer, dev gam.Device, n int, c gam.PortChange, want gam.PortSettings) (*gam.PortSettings, gam.ChangeResult, error) {
	failed := p.SetPort(ctx, n, c)
	found, err := p.PortSettings(ctx, n)
	switch {
	case failed != nil && err != nil:
		return nil, gam.ChangeFailed, failed
	case failed != nil:
		return &found, gam.ChangeFailed, failed
	case err != nil:
		return nil, gam.ChangeApplied, err
	case !found.Equal(want):
		return &found, gam.ChangeFailed, &driver.Error{Kind: driver.Rejected, Device: dev.Name, Op: fmt.Sprintf("change G.hn port %d", n),
			Text: "the device has accepted the change, but does not show it", Remedy: "look at the port on the device itself"}
	}
	return &found, gam.ChangeVerified, nil
}

// journalDeadline bounds writing down how a change ended, which is done even
// when the time for the change is up.
const journalDeadline = 5 * time.Second

// finishPort writes down how a change ended. Of a port that was left
// untouched there is nothing to save.
func (d *devices) finishPort(ctx context.Context, c gam.Change, result gam.ChangeResult, failed error, untouched bool) error {
	ctx, done := context.WithTimeout(context.WithoutCancel(ctx), journalDeadline)
	defer done()
	words := ""
	if failed != nil {
		words = failed.Error()
	}
	return d.store.Tx(ctx, func(ctx context.Context, tx *store.Tx) error {
		if untouched {
			if err := tx.SetUnsaved(ctx, c.DeviceID, false); err != nil {
				return err
			}
		}
		return tx.FinishChange(ctx, c.ID, result, words, time.Since(c.At))
	})
}

// showPorts reads all ports into the store, so that what was changed shows at
// once. A device that does not tell them now is read by the poll anyway.
func (d *devices) showPorts(ctx context.Context, p driver.PortConfigurer, dev gam.Device) error {
	m, ok := p.(driver.Monitor)
	if !ok {
		return nil
	}
	ports, err := m.Ports(ctx)
	if err != nil {
		d.log.WarnContext(ctx, "read the ports after a change", "device", dev, "err", err)
		return nil
	}
	return d.store.SavePorts(ctx, dev.ID, ports, time.Now().UTC())
}

// ResetPortCounters sets the counters of a G.hn port to zero.
func (d *devices) ResetPortCounters(ctx context.Context, id gam.DeviceID, n int) error {
	p, _, err := ability[driver.PortConfigurer](ctx, d, id, fmt.Sprintf("reset the counters of G.hn port %d", n))
	if err != nil {
		return err
	}
	return p.ResetPortCounters(ctx, n)
}
