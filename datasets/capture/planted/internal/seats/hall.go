// Package seats sells seats of a hall.
package seats

import (
	"context"
	"fmt"
	"math/rand"
	"sort"
	"sync"
	"time"

	"shop.example/services/internal/meter"
	"shop.example/services/internal/work"
)

type seat struct {
	row, number int
	taken       bool
	comfort     float64
}

// Hall is guarded by one lock.
type Hall struct {
	mu     sync.Mutex
	seats  []seat
	best   []seat
	rounds int
}

// NewHall makes a hall whose plan takes about so long.
func NewHall(seats int, plan time.Duration) *Hall {
	h := &Hall{seats: make([]seat, seats)}
	for i := range h.seats {
		h.seats[i] = seat{row: i / 40, number: i % 40, comfort: rand.Float64()}
	}
	h.rounds = work.Rounds(h.order, plan)
	return h
}

// Hold keeps a seat for a customer.
func (h *Hall) Hold(ctx context.Context, customer int) (string, error) {
	done := meter.Waiting(ctx)
	h.mu.Lock()
	done()
	defer h.mu.Unlock()
	h.seats[customer%len(h.seats)].taken = true
	return fmt.Sprint(h.seats[customer%len(h.seats)].row), nil
}

// Plan makes the plan anew, now and then.
func (h *Hall) Plan(pause time.Duration) {
	for {
		time.Sleep(pause/2 + time.Duration(rand.Int63n(int64(pause))))
		h.rearrange()
	}
}

func (h *Hall) rearrange() {
	h.mu.Lock()
	defer h.mu.Unlock()
	defer meter.Span("rearrange")()
	for i := 0; i < h.rounds; i++ {
		h.order()
	}
}

func (h *Hall) order() {
	h.best = append(h.best[:0], h.seats...)
	sort.Slice(h.best, func(a, b int) bool { return h.best[a].comfort > h.best[b].comfort })
}
