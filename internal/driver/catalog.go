package driver

import (
	"fmt"
	"slices"
	"strings"
)

// Opener makes the driver of one device. It does not call the device: a
// target that cannot be reached is told by the first request, a target that
// makes no sense (an address that is none) at once.
type Opener func(Target) (Driver, error)

// Catalog is the list of drivers by name. It is filled in plain sight by the
// composition root; its zero value is empty and ready.
type Catalog struct {
	openers map[string]Opener
}

// Add lists a driver. A second one of the same name is refused.
func (c *Catalog) Add(name string, open Opener) error {
	switch {
	case name == "" || open == nil:
		return fmt.Errorf("driver catalog: a driver needs a name and a constructor (%q)", name)
	case c.openers[name] != nil:
		return fmt.Errorf("driver catalog: %q is listed already", name)
	case c.openers == nil:
		c.openers = map[string]Opener{}
	}
	c.openers[name] = open
	return nil
}

// Open makes the named driver for a device.
func (c *Catalog) Open(name string, t Target) (Driver, error) {
	open := c.openers[name]
	if open == nil {
		return nil, fmt.Errorf("driver %q is not known; there are: %s", name, strings.Join(c.Names(), ", "))
	}
	return open(t)
}

// Opener is the constructor of one name, for Sessions.
func (c *Catalog) Opener(name string) Opener {
	return func(t Target) (Driver, error) { return c.Open(name, t) }
}

// Names lists what there is, in order.
func (c *Catalog) Names() []string {
	names := make([]string, 0, len(c.openers))
	for n := range c.openers {
		names = append(names, n)
	}
	slices.Sort(names)
	return names
}
