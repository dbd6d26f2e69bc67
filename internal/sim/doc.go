// Package sim is a GAM that is not there: the device's own JSON-RPC API with
// its state, its limits, its error codes and its bad days, for demonstrations
// and for every test that needs a device.
//
// The reference pages of the device are the hardware here: what they state is
// enforced, and what they leave open is decided once, in choices.go, on the
// strict side. It is not a client and shares no decoding with one: the driver
// is tested against this package, and shared code would hide shared mistakes.
package sim
