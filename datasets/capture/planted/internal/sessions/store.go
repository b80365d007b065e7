// Package sessions keeps who is signed in.
package sessions

import (
	"context"
	"fmt"
	"math/rand"
	"sync"
	"sync/atomic"
	"time"

	"shop.example/services/internal/meter"
)

// Store is a map that is mostly read.
type Store struct {
	byID   sync.Map
	next   atomic.Int64
	listed atomic.Bool
}

// NewStore holds so many sessions.
func NewStore(customers int) *Store {
	s := &Store{}
	for i := 0; i < customers; i++ {
		s.byID.Store(s.next.Add(1), time.Now())
	}
	s.list()
	return s
}

// Open begins a session. The first after a listing pays for what sync.Map does then, while the others wait.
func (s *Store) Open(ctx context.Context, customer int) (string, error) {
	id := s.next.Add(1)
	if s.listed.CompareAndSwap(true, false) {
		defer meter.Span("Open")()
	} else {
		defer meter.Waiting(ctx)()
	}
	s.byID.Store(id, time.Now())
	return fmt.Sprint(id), nil
}

// List looks through some of the sessions now and then.
func (s *Store) List(pause time.Duration) {
	for {
		time.Sleep(pause/2 + time.Duration(rand.Int63n(int64(pause))))
		s.list()
	}
}

func (s *Store) list() (n int) {
	s.byID.Range(func(any, any) bool {
		n++
		return n < 10
	})
	s.listed.Store(true)
	return n
}
