package driver

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/opengam/opengam/internal/gam"
)

// Sessions keeps one Driver per device for the whole process, so that calls
// to one device never overlap, whoever asks, and so that what was learned of
// its firmware is not asked again. It is safe for concurrent use.
type Sessions struct {
	open Opener

	mu     sync.Mutex
	byID   map[gam.DeviceID]*session
	lanes  map[gam.DeviceID]Lane // outlive their session: a replaced driver may still be calling
	closed bool
}

type session struct {
	driver Driver
	key    sessionKey
}

// sessionKey is what makes two targets the same: anything else that changes
// means a new connection.
type sessionKey struct {
	address string
	access  gam.Access
	timeout time.Duration
}

func keyOf(t Target) sessionKey {
	return sessionKey{address: t.Address, access: t.Access, timeout: t.CallTimeout}
}

// ErrClosed is what Sessions answers after Close.
var ErrClosed = errors.New("device sessions are closed")

// NewSessions makes an empty set of sessions that opens drivers with open.
func NewSessions(open Opener) *Sessions {
	return &Sessions{open: open, byID: map[gam.DeviceID]*session{}, lanes: map[gam.DeviceID]Lane{}}
}

// For is the device's driver: the one at hand, or a new one when there is
// none or when the device's address, access or deadline has changed. The
// caller does not close it.
func (s *Sessions) For(t Target) (Driver, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, ErrClosed
	}
	key := keyOf(t)
	have := s.byID[t.ID]
	if have != nil && have.key == key {
		return have.driver, nil
	}
	if s.lanes[t.ID] == nil {
		s.lanes[t.ID] = NewLane()
	}
	t.Lane = s.lanes[t.ID]
	fresh := &session{key: key}
	// A certificate pinned on first use changes the access that the next
	// caller reads from the store; it is the same session all the same.
	tell := t.OnPin
	t.OnPin = func(pin string) {
		s.mu.Lock()
		fresh.key.access.JSONRPC.TLSPin = pin
		s.mu.Unlock()
		if tell != nil {
			tell(pin)
		}
	}
	d, err := s.open(t)
	if err != nil {
		return nil, fmt.Errorf("open driver of %s: %w", t.Name, err)
	}
	fresh.driver = d
	s.byID[t.ID] = fresh
	if have != nil {
		_ = have.driver.Close() // its connections are of no use any more, and it has nothing to save
	}
	return d, nil
}

// Drop closes and forgets one device's driver, for example after the device
// was deleted or has got other firmware.
func (s *Sessions) Drop(id gam.DeviceID) {
	s.mu.Lock()
	have := s.byID[id]
	delete(s.byID, id)
	s.mu.Unlock()
	if have != nil {
		_ = have.driver.Close()
	}
}

// Close closes every driver. For refuses from then on. Closing twice is fine.
func (s *Sessions) Close() error {
	s.mu.Lock()
	all := s.byID
	s.byID = map[gam.DeviceID]*session{}
	s.closed = true
	s.mu.Unlock()
	var errs []error
	for _, x := range all {
		errs = append(errs, x.driver.Close())
	}
	return errors.Join(errs...)
}
