package app

import (
	"context"
	"errors"
	"fmt"
	"sync"
)

// undo is one opened part's way back.
type undo struct {
	name string
	do   func(context.Context) error
}

// undos runs backwards, once, whatever stopped the start.
type undos struct {
	mu   sync.Mutex
	list []undo
}

func (u *undos) add(name string, do func(context.Context) error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.list = append(u.list, undo{name, do})
}

// run undoes everything, last opened first, and names what failed. A second
// call finds nothing left.
func (u *undos) run(ctx context.Context) error {
	u.mu.Lock()
	list := u.list
	u.list = nil
	u.mu.Unlock()
	var errs []error
	for i := len(list) - 1; i >= 0; i-- {
		if err := list[i].do(ctx); err != nil {
			errs = append(errs, fmt.Errorf("stop %s: %w", list[i].name, err))
		}
	}
	return errors.Join(errs...)
}
