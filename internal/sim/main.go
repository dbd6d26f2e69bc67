package sim

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
)

// Main runs a fleet until the context ends: the work of `opengam sim`. For
// each device it prints one line of JSON to out, see Info. Passwords are not
// printed.
func Main(ctx context.Context, o FleetOptions, out io.Writer) error {
	f := NewFleet(o)
	if err := f.Start(ctx); err != nil {
		return err
	}
	defer f.Stop()
	enc := json.NewEncoder(out)
	for _, m := range f.Devices() {
		if err := enc.Encode(m.Info()); err != nil {
			return fmt.Errorf("print the simulated devices: %w", err)
		}
	}
	<-ctx.Done()
	return nil
}
