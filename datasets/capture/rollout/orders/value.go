//go:build !pointer

package main

import "sync"

const build = "value"

// stock keeps the records in the map itself: a read copies one out, a write copies one in.
type stock struct {
	lock    sync.Mutex
	records map[int][1024]byte
}

func newStock() *stock {
	s := &stock{records: map[int][1024]byte{}}
	for product := 0; product < products; product++ {
		s.records[product] = full(product)
	}
	return s
}

func (s *stock) take(product int) bool {
	s.lock.Lock()
	defer s.lock.Unlock()
	record, ok := s.records[product]
	if !ok || left((*buffer)(&record)) == 0 {
		return false
	}
	taken((*buffer)(&record))
	s.records[product] = record
	return true
}
