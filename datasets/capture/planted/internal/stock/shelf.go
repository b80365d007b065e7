// Package stock keeps what is on the shelves.
package stock

import (
	"context"
	"fmt"
	"hash/crc32"
	"sync"
	"time"

	"shop.example/services/internal/meter"
	"shop.example/services/internal/work"
)

type item struct {
	count int
	label [256]byte
}

// Shelf holds the items of a shop; all of it is guarded by one lock.
type Shelf struct {
	mu       sync.Mutex
	items    map[int]*item
	checksum uint32
	reserved int
	every    int
	passes   int
}

// NewShelf fills a shelf of which a recount takes about so long; every so many reservations there is one.
func NewShelf(items int, recount time.Duration, every int) *Shelf {
	shelf := &Shelf{items: make(map[int]*item), every: every, passes: 1}
	for i := 0; i < items; i++ {
		shelf.items[i] = &item{count: 1000}
	}
	shelf.passes = work.Rounds(shelf.recount, recount)
	return shelf
}

// Reserve takes one of an article.
func (s *Shelf) Reserve(ctx context.Context, article int) (string, error) {
	done := meter.Waiting(ctx)
	s.mu.Lock()
	done()
	defer s.mu.Unlock()
	s.items[article%len(s.items)].count--
	if s.reserved++; s.reserved%s.every == 0 {
		end := meter.Span("recount")
		for i := 0; i < s.passes; i++ {
			s.recount()
		}
		end()
	}
	return fmt.Sprint(s.reserved), nil
}

func (s *Shelf) recount() {
	sum := uint32(0)
	for _, item := range s.items {
		sum ^= crc32.ChecksumIEEE(item.label[:]) + uint32(item.count)
	}
	s.checksum = sum
}
