package order

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/opengam/opengam/internal/gam"
)

// fromTemplate makes the name that a subscriber bears on its device from the
// operator's template.
func fromTemplate(template string, s gam.Subscriber) string {
	name := strings.NewReplacer(
		"{id}", strconv.FormatInt(int64(s.ID), 10),
		"{name}", s.Name,
		"{description}", s.Description,
	).Replace(template)
	if name = gam.PlainName(name); name == "" {
		return "subscriber"
	}
	return name
}

// numbered is the nth choice for a name: "Anna", "Anna 2", "Anna 3".
func numbered(base string, n int) string {
	if n < 2 {
		return base
	}
	suffix := " " + strconv.Itoa(n)
	if room := gam.MaxName - len(suffix); len(base) > room {
		base = strings.TrimSpace(base[:room])
	}
	return base + suffix
}

// isNumbered reports whether name is one of the choices for base.
func isNumbered(name, base string) bool {
	if name == base {
		return true
	}
	i := strings.LastIndexByte(name, ' ')
	if i < 0 {
		return false
	}
	n, err := strconv.Atoi(name[i+1:])
	return err == nil && n >= 2 && numbered(base, n) == name
}

// nameHolder says who has a name on a device: another subscriber, or an entry
// that OpenGAM does not manage. It is "" when the name is free.
func (w *order) nameHolder(ctx context.Context, device gam.Device, name string, except gam.SubscriberID) (string, error) {
	taken, err := w.DeviceNameTaken(ctx, device.ID, name, except)
	if err != nil {
		return "", err
	}
	if taken && w.memo != nil { // names are tried by the hundred
		return fmt.Sprintf("subscriber %d", w.memo.live[device.ID].names[name]), nil
	}
	if taken {
		subs, err := w.SubscribersOf(ctx, device.ID)
		if err != nil {
			return "", err
		}
		for _, s := range subs {
			if s.ID != except && s.DeviceName == name {
				return fmt.Sprintf("%s (subscriber %d)", s.Name, s.ID), nil
			}
		}
		return "another subscriber", nil
	}
	strangers, err := w.strangersOn(ctx, device.ID)
	if err != nil {
		return "", err
	}
	if _, ok := strangers.Service(name); ok {
		return fmt.Sprintf("an entry on %s that OpenGAM does not manage (adopt it first)", device.Name), nil
	}
	return "", nil
}

func (w *order) strangersOn(ctx context.Context, id gam.DeviceID) (gam.Config, error) {
	if w.memo == nil {
		return w.strangers(ctx, id)
	}
	return recall(w.memo.strangers, id, func() (gam.Config, error) { return w.strangers(ctx, id) })
}

// strangers is what was last seen on a device without the subscriber entries
// that are ours.
func (w *order) strangers(ctx context.Context, id gam.DeviceID) (gam.Config, error) {
	seen, _, err := w.Config(ctx, id)
	if errors.Is(err, gam.ErrNotFound) {
		return gam.Config{}, nil // never read
	}
	if err != nil || len(seen.Services) == 0 {
		return seen, err
	}
	owned, err := w.OwnedOf(ctx, id)
	if err != nil {
		return gam.Config{}, err
	}
	ours := map[string]bool{}
	for _, o := range owned {
		if o.Kind == gam.KindService {
			ours[o.Key] = true
		}
	}
	var left []gam.Service
	for _, s := range seen.Services {
		if !ours[s.Name] {
			left = append(left, s)
		}
	}
	seen.Services = left
	return seen, nil
}

// freeName is the first choice for base that nobody has on the device.
func (w *order) freeName(ctx context.Context, device gam.Device, base string, except gam.SubscriberID) (string, error) {
	for n := 1; n <= 2*gam.MaxEndpoints; n++ {
		name := numbered(base, n)
		holder, err := w.nameHolder(ctx, device, name, except)
		if err != nil {
			return "", err
		}
		if holder == "" {
			return name, nil
		}
	}
	return "", refuse("device_name", "device_name_taken", "every name like %q is taken on %s; give one", base, device.Name)
}
