// Package cart keeps the carts of all customers in memory, and works out what is in one in several steps.
package cart

import (
	"context"
	"fmt"
	"math/rand"
	"runtime"
	"time"

	"shop.example/services/internal/work"
)

type line struct {
	article, count int
	next, previous *line
}

// Carts holds many small objects that point at each other, far apart in memory.
type Carts struct {
	lines  []*line
	steps  chan step
	rounds int
}

type step struct {
	of     *line
	result chan int
}

// NewCarts makes carts of so many lines, of which adding up a part takes about so long.
func NewCarts(lines, counters int, part time.Duration) *Carts {
	c := &Carts{lines: make([]*line, lines), steps: make(chan step, 256)}
	for i := range c.lines {
		c.lines[i] = &line{article: i}
	}
	at := uint64(1)
	for i := range c.lines {
		at = at*6364136223846793005 + 1442695040888963407
		c.lines[i].next, c.lines[i].previous = c.lines[at%uint64(lines)], c.lines[(at>>20)%uint64(lines)]
	}
	c.rounds = work.Rounds(func() { add(c.lines[0], 50) }, part)
	for i := 0; i < counters; i++ {
		go c.count()
	}
	return c
}

// Total adds a cart up in parts, which the counting goroutines share.
func (c *Carts) Total(ctx context.Context, customer int) (string, error) {
	const parts = 5
	result := make(chan int, parts)
	for i := 0; i < parts; i++ {
		c.steps <- step{c.lines[(customer*parts+i)%len(c.lines)], result}
	}
	total := 0
	for i := 0; i < parts; i++ {
		total += <-result
	}
	return fmt.Sprint(total), nil
}

func (c *Carts) count() {
	for s := range c.steps {
		sum := 0
		for i := 0; i < c.rounds; i++ {
			sum += add(s.of, 50)
		}
		s.result <- sum
	}
}

func add(at *line, lines int) (sum int) {
	for i := 0; i < lines; i++ {
		sum += at.article * at.count
		at = at.next
	}
	return sum
}

// Tidy drops what nobody has looked at now and then, and has the memory collected.
func (c *Carts) Tidy(pause time.Duration) {
	for {
		time.Sleep(pause/2 + time.Duration(rand.Int63n(int64(pause))))
		runtime.GC()
	}
}
