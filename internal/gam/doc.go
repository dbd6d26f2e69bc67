// Package gam is the product's dictionary: what exists in a network of G.hn
// Access Multiplexers, what should exist, and what the hardware allows.
//
// It knows no database, no protocol and no clock. Everything else in the
// project speaks in these words. Rules that the hardware enforces are code
// here, so that a wanted state which a device would refuse is refused at the
// door with the rule named. Sources are the device reference pages (models
// and limits, JSON-RPC, operations).
package gam
