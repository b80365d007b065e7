// Package reports adds up the day, beside everything else.
package reports

import (
	"math/rand"
	"sort"
	"sync"
	"time"

	"shop.example/services/internal/meter"
	"shop.example/services/internal/work"
)

// Daily is the report of a day.
type Daily struct {
	sales  []int
	rounds int
}

// NewDaily makes a report of which a part takes about so long.
func NewDaily(part time.Duration) *Daily {
	d := &Daily{sales: rand.Perm(2000)}
	d.rounds = work.Rounds(func() { d.aggregateOnce(make([]int, len(d.sales))) }, part)
	return d
}

// Run makes so many parts at once, now and then.
func (d *Daily) Run(parts int, pause time.Duration) {
	for {
		time.Sleep(pause/2 + time.Duration(rand.Int63n(int64(pause))))
		var wait sync.WaitGroup
		end := meter.Span("aggregate")
		for i := 0; i < parts; i++ {
			wait.Add(1)
			go func() {
				defer wait.Done()
				d.aggregate()
			}()
		}
		wait.Wait()
		end()
	}
}

func (d *Daily) aggregate() (median int) {
	own := make([]int, len(d.sales))
	for i := 0; i < d.rounds; i++ {
		median += d.aggregateOnce(own)
	}
	return median
}

func (d *Daily) aggregateOnce(own []int) int {
	copy(own, d.sales)
	sort.Ints(own)
	return own[len(own)/2]
}
