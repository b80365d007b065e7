// Package geo finds the shop that is nearest.
package geo

import (
	"context"
	"fmt"
	"math"
	"math/rand"
	"time"

	"shop.example/services/internal/meter"
	"shop.example/services/internal/work"
)

type place struct{ x, y float64 }

type query struct {
	at    place
	reply chan int
}

// Router owns the index of shops; one goroutine answers, and renews the index itself.
type Router struct {
	queries chan query
	shops   []place
	grid    [32][32]int
	rounds  int
}

// NewRouter makes a router whose index takes about so long, anew after so many queries.
func NewRouter(shops int, index time.Duration, after int) *Router {
	r := &Router{queries: make(chan query)}
	for i := 0; i < shops; i++ {
		r.shops = append(r.shops, place{rand.Float64(), rand.Float64()})
	}
	r.rounds = work.Rounds(r.indexCell, index)
	go r.loop(after)
	return r
}

// Nearest asks for the shop nearest to a customer.
func (r *Router) Nearest(ctx context.Context, customer int) (string, error) {
	q := query{place{float64(customer%97) / 97, float64(customer%89) / 89}, make(chan int)}
	done := meter.Waiting(ctx)
	r.queries <- q
	shop := <-q.reply
	done()
	return fmt.Sprint(shop), nil
}

func (r *Router) loop(after int) {
	for n := 1; ; n++ {
		q := <-r.queries
		q.reply <- r.grid[int(q.at.x*31)][int(q.at.y*31)]
		if n%after == 0 {
			r.reindex()
		}
	}
}

func (r *Router) reindex() {
	defer meter.Span("reindex")()
	for i := 0; i < r.rounds; i++ {
		r.indexCell()
	}
}

func (r *Router) indexCell() {
	x, y := rand.Intn(32), rand.Intn(32)
	best := math.Inf(1)
	for i, shop := range r.shops {
		if far := math.Hypot(shop.x-float64(x)/31, shop.y-float64(y)/31); far < best {
			best, r.grid[x][y] = far, i
		}
	}
}
