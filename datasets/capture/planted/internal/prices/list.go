// Package prices knows what things cost.
package prices

import (
	"bufio"
	"context"
	"fmt"
	"math/rand"
	"strconv"
	"strings"
	"sync"
	"time"

	"shop.example/services/internal/meter"
	"shop.example/services/internal/work"
)

// List is the price list: read by every request, and written anew now and then.
type List struct {
	mu     sync.RWMutex
	cents  map[int]int
	source string
	copies int
}

// NewList makes a list of which a reload takes about so long.
func NewList(articles int, reload time.Duration) *List {
	var text strings.Builder
	for i := 0; i < articles; i++ {
		fmt.Fprintf(&text, "%d;%d\n", i, 100+i%900)
	}
	list := &List{cents: make(map[int]int), source: text.String()}
	list.copies = work.Rounds(list.parse, reload)
	return list
}

// Quote is the price of an article.
func (l *List) Quote(ctx context.Context, article int) (string, error) {
	done := meter.Waiting(ctx)
	l.mu.RLock()
	done()
	defer l.mu.RUnlock()
	return strconv.Itoa(l.cents[article]), nil
}

// Refresh reads the list again and again, with pauses.
func (l *List) Refresh(pause time.Duration) {
	for {
		time.Sleep(pause/2 + time.Duration(rand.Int63n(int64(pause))))
		l.reload()
	}
}

func (l *List) reload() {
	l.mu.Lock()
	defer l.mu.Unlock()
	defer meter.Span("reload")()
	for i := 0; i < l.copies; i++ {
		l.parse()
	}
}

func (l *List) parse() {
	lines := bufio.NewScanner(strings.NewReader(l.source))
	for lines.Scan() {
		article, price, _ := strings.Cut(lines.Text(), ";")
		id, _ := strconv.Atoi(article)
		l.cents[id], _ = strconv.Atoi(price)
	}
}
