// Package quota lets each customer in only so often.
package quota

import (
	"context"
	"fmt"
	"math/rand"
	"sync"
	"time"

	"shop.example/services/internal/meter"
	"shop.example/services/internal/warehouse"
)

// Gate counts customers against a lease, which it renews at the head office.
type Gate struct {
	mu      sync.Mutex
	left    int
	lease   int
	renewed time.Time
	office  *warehouse.Link
	taken   map[int]int
}

// NewGate makes a gate with leases of so many.
func NewGate(office *warehouse.Link, lease int) *Gate {
	return &Gate{lease: lease, left: lease, office: office, taken: make(map[int]int)}
}

// Take lets a customer in.
func (g *Gate) Take(ctx context.Context, customer int) (string, error) {
	done := meter.Waiting(ctx)
	g.mu.Lock()
	done()
	defer g.mu.Unlock()
	g.left--
	g.taken[customer]++
	return fmt.Sprint(g.left), nil
}

// Keep renews the lease now and then, before it runs out.
func (g *Gate) Keep(pause time.Duration) {
	for {
		time.Sleep(pause/2 + time.Duration(rand.Int63n(int64(pause))))
		g.renew()
	}
}

func (g *Gate) renew() {
	g.mu.Lock()
	defer g.mu.Unlock()
	defer meter.Span("renew")()
	if _, err := g.office.Ask(context.Background(), "always lease"); err == nil {
		g.left, g.renewed = g.lease, time.Now()
	}
}
