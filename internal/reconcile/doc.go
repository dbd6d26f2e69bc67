// Package reconcile makes a device be as wanted. Want works out what a device
// should hold, Diff compares that with what it holds and gives the steps
// between the two, and Engine executes them in one idempotent pass: read both
// sides, diff, apply, read back, save once, write down.
//
// Any event may start a pass, and any number of times: a pass asks not what
// happened but what is missing. What OpenGAM has not created or adopted is
// never changed.
//
// The package decides when to write and what. How a device is spoken to is
// the driver's business, when to look again the job queue's.
package reconcile
