package sim

// FaultKind is one kind of bad day.
type FaultKind string

// Fault is one bad day.
type Fault struct {
	ID   int
	Kind FaultKind
}
