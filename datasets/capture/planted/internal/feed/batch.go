// Package feed collects what customers did and stores it in batches.
package feed

import (
	"bytes"
	"compress/flate"
	"context"
	"fmt"
	"sync"
	"time"

	"shop.example/services/internal/meter"
	"shop.example/services/internal/work"
)

// Batcher gathers events; while a full batch is being packed, new ones wait until there is room.
type Batcher struct {
	mu      sync.Mutex
	room    *sync.Cond
	full    *sync.Cond
	pending [][]byte
	size    int
	packing bool
	packed  int
	rounds  int
}

// NewBatcher makes batches of so many events, each of which takes about so long to pack.
func NewBatcher(size int, pack time.Duration) *Batcher {
	b := &Batcher{size: size}
	b.room, b.full = sync.NewCond(&b.mu), sync.NewCond(&b.mu)
	sample := make([][]byte, size)
	for i := range sample {
		sample[i] = bytes.Repeat([]byte(fmt.Sprintf("viewed %d;", i)), 20)
	}
	b.rounds = work.Rounds(func() { b.pack(sample) }, pack)
	go b.flush()
	return b
}

// Append adds an event.
func (b *Batcher) Append(ctx context.Context, article int) (string, error) {
	event := bytes.Repeat([]byte(fmt.Sprintf("viewed %d;", article)), 20)
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.packing {
		done := meter.Waiting(ctx)
		for b.packing {
			b.room.Wait()
		}
		done()
	}
	if b.pending = append(b.pending, event); len(b.pending) >= b.size {
		b.packing = true
		b.full.Signal()
	}
	return fmt.Sprint(len(b.pending)), nil
}

// flush packs the batches that are full.
func (b *Batcher) flush() {
	for {
		b.mu.Lock()
		for !b.packing {
			b.full.Wait()
		}
		batch := b.pending
		b.pending = nil
		b.mu.Unlock()

		end := meter.Span("pack")
		for i := 0; i < b.rounds; i++ {
			b.pack(batch)
		}
		end()

		b.mu.Lock()
		b.packing = false
		b.room.Broadcast()
		b.mu.Unlock()
	}
}

func (b *Batcher) pack(batch [][]byte) {
	var out bytes.Buffer
	writer, _ := flate.NewWriter(&out, flate.BestCompression)
	for _, event := range batch {
		writer.Write(event)
	}
	writer.Close()
	b.packed += out.Len()
}
