// Package ledger books what was sold, and has each booking confirmed by the head office.
package ledger

import (
	"context"
	"fmt"
	"hash/crc32"
	"math/rand"
	"sync"
	"time"

	"shop.example/services/internal/meter"
	"shop.example/services/internal/warehouse"
	"shop.example/services/internal/work"
)

// Book is the book of a day.
type Book struct {
	mu     sync.Mutex
	lines  []int
	office *warehouse.Link
	pages  []byte
	sum    uint32
	rounds int
}

// NewBook makes a book whose balance takes about so long.
func NewBook(office *warehouse.Link, balance time.Duration) *Book {
	b := &Book{office: office, pages: make([]byte, 64<<10)}
	b.rounds = work.Rounds(b.addUp, balance)
	return b
}

// Post enters a sale and has it confirmed.
func (b *Book) Post(ctx context.Context, article int) (string, error) {
	done := meter.Waiting(ctx)
	b.mu.Lock()
	done()
	b.lines = append(b.lines, article)
	if len(b.lines) > 4096 {
		b.lines = b.lines[:0]
	}
	held := meter.Of(ctx).Age() > int64(2*time.Millisecond)
	b.mu.Unlock()
	// What had to wait is checked more closely by the office.
	question := "never"
	if held {
		question = "always"
	}
	answer, err := b.office.Ask(context.Background(), fmt.Sprintf("%s %d", question, article))
	return answer, err
}

// Balance adds the book up now and then.
func (b *Book) Balance(pause time.Duration) {
	for {
		time.Sleep(pause/2 + time.Duration(rand.Int63n(int64(pause))))
		b.balanceOnce()
	}
}

func (b *Book) balanceOnce() {
	b.mu.Lock()
	defer b.mu.Unlock()
	defer meter.Span("balanceOnce")()
	for i := 0; i < b.rounds; i++ {
		b.addUp()
	}
}

func (b *Book) addUp() { b.sum ^= crc32.ChecksumIEEE(b.pages) }
