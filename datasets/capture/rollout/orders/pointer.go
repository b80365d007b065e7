//go:build pointer

package main

import (
	"sync/atomic"
	"unsafe"
)

const build = "pointer"

// stock publishes each record through an atomic pointer to a slice made by unsafe.Slice, as the write-up does. A
// published record is never written again: a change is a new buffer.
type stock struct {
	records map[int]*atomic.Pointer[[]byte]
}

func newStock() *stock {
	s := &stock{records: map[int]*atomic.Pointer[[]byte]{}}
	for product := 0; product < products; product++ {
		record := full(product)
		s.records[product] = new(atomic.Pointer[[]byte])
		s.records[product].Store(published(&record))
	}
	return s
}

func published(record *buffer) *[]byte {
	slice := unsafe.Slice(&record[0], len(record))
	return &slice
}

func (s *stock) take(product int) bool {
	pointer, ok := s.records[product]
	if !ok {
		return false
	}
	for {
		old := pointer.Load()
		record := new(buffer)
		copy(record[:], *old)
		if left(record) == 0 {
			return false
		}
		taken(record)
		if pointer.CompareAndSwap(old, published(record)) {
			return true
		}
	}
}
