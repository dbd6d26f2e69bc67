// Package jobs is durable work: a job is a row, added in the transaction of
// what caused it, and done at least once, whatever dies in between. It knows
// what may be waiting (kinds.go lists every kind), not how any of it is done;
// the engines above bring their handlers.
//
// It stands on River, kept out of sight. River stores, fetches, dedups and
// cancels. How a run ends is decided here, in one transaction with the row
// locked (see settle), for three reasons:
//
//   - River writes outcomes up to 250 ms later, in batches. Until then a job
//     counts as running, and an order that arrives meanwhile would be taken
//     for a part of a run that is over.
//   - A job of ours never gives up by itself: a device may be dark for a
//     week. River keeps every error of a job in its row, we keep the last.
//   - Retries then need no elected leader: a waiting job is an available one
//     with a later time, so the first fetch after a crash finds it.
//
// # No order is lost
//
// Jobs are unique per kind and arguments (one device has one reconcile job).
// Adding one that exists already means, by the state of the existing job:
//
//	waiting its turn    nothing, the run to come serves the new order too
//	waiting to retry    its turn is now, the backoff counts on from where it was
//	waiting on purpose  its turn is now; if the lease is still taken, the
//	(Again)             handler says Again once more, which costs nothing
//	running             a note in the row: when the run ends, in whatever way
//	                    but a shutdown, it is run once more at once
//	finished            a new job
package jobs
