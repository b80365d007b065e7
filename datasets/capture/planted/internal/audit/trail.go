// Package audit keeps the trail of who did what.
package audit

import (
	"context"
	"crypto/sha256"
	"fmt"
	"time"

	"shop.example/services/internal/meter"
	"shop.example/services/internal/work"
)

// Trail is a chain of entries, each sealed with what came before; one goroutine writes it.
type Trail struct {
	entries chan string
	seal    [sha256.Size]byte
	page    []byte
	rounds  int
}

// NewTrail makes a trail that seals a page of so many entries in about so long.
func NewTrail(page int, sealing time.Duration) *Trail {
	t := &Trail{entries: make(chan string, 4), page: make([]byte, 64<<10)}
	t.rounds = work.Rounds(t.sealOnce, sealing)
	go t.drain(page)
	return t
}

// Record enters what happened to an article.
func (t *Trail) Record(ctx context.Context, article int) (string, error) {
	entry := fmt.Sprintf("article %d changed", article)
	done := meter.Waiting(ctx)
	t.entries <- entry
	done()
	return "noted", nil
}

func (t *Trail) drain(page int) {
	n := 0
	for entry := range t.entries {
		copy(t.page[n%len(t.page):], entry)
		if n++; n%page == 0 {
			t.sealPage()
		}
	}
}

func (t *Trail) sealPage() {
	defer meter.Span("sealPage")()
	for i := 0; i < t.rounds; i++ {
		t.sealOnce()
	}
}

func (t *Trail) sealOnce() {
	copy(t.page, t.seal[:])
	t.seal = sha256.Sum256(t.page)
}
