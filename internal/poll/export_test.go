package poll

import (
	"context"

	"github.com/opengam/opengam/internal/gam"
)

// ReadOnSchedule is what the timer of a device does.
func ReadOnSchedule(ctx context.Context, e *Engine, id gam.DeviceID) error {
	_, err := e.read(ctx, id, e.loopOf(id), false)
	return err
}
