package app

import (
	"context"
	"crypto/rand"
	"time"

	"github.com/opengam/opengam/internal/gam"
)

const (
	// aloneWait is how long a person's request waits for a pass to end: most
	// take a second.
	aloneWait = 10 * time.Second
	aloneLook = 100 * time.Millisecond
)

// alone takes the device's lease, so that no pass begins in the middle of what
// a person asked for; free gives it back. It is not got when a pass holds it
// for longer than wait.
func (d *devices) alone(ctx context.Context, dev gam.Device, what string, lease, wait time.Duration) (free func(), got bool, err error) {
	owner := what + " " + rand.Text()
	limit := time.NewTimer(wait)
	defer limit.Stop()
	look := time.NewTicker(aloneLook)
	defer look.Stop()
	for {
		if got, err = d.store.Lease(ctx, dev.ID, owner, lease); err != nil {
			return nil, false, err
		}
		if got {
			return func() {
				rctx, done := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
				defer done()
				if err := d.store.ReleaseLease(rctx, dev.ID, owner); err != nil {
					d.log.WarnContext(rctx, "a lease was not given back and will run out", "device", dev, "err", err)
				}
			}, true, nil
		}
		select {
		case <-ctx.Done():
			return nil, false, ctx.Err()
		case <-limit.C:
			return nil, false, nil
		case <-look.C:
		}
	}
}
