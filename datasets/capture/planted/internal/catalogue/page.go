// Package catalogue makes pages of articles.
package catalogue

import (
	"context"
	"fmt"
	"math/rand"
	"time"

	"shop.example/services/internal/meter"
)

type entry struct {
	title string
	price *int
	next  *entry
}

// Pages makes pages, and keeps the last of each customer.
type Pages struct {
	last  []*entry
	sizes int
}

// NewPages makes pages of so many entries for so many customers.
func NewPages(customers, entries int) *Pages {
	pages := &Pages{last: make([]*entry, customers), sizes: entries}
	for i := range pages.last {
		pages.last[i] = pages.build(i)
	}
	return pages
}

// Render makes a customer's page.
func (p *Pages) Render(ctx context.Context, customer int) (string, error) {
	done := meter.Waiting(ctx)
	first := p.build(customer)
	done()
	p.last[customer%len(p.last)] = first
	return first.title, nil
}

func (p *Pages) build(customer int) *entry {
	var first *entry
	for i := 0; i < p.sizes; i++ {
		price := 100 + (customer+i)%900
		first = &entry{title: fmt.Sprintf("article %d for %d", i, customer), price: &price, next: first}
	}
	return first
}

// Import builds the pages of new customers now and then, as fast as it can.
func (p *Pages) Import(pages int, pause time.Duration) {
	for customer := 0; ; customer++ {
		time.Sleep(pause/2 + time.Duration(rand.Int63n(int64(pause))))
		p.importOnce(pages)
	}
}

func (p *Pages) importOnce(pages int) {
	defer meter.Span("importOnce")()
	for i := 0; i < pages; i++ {
		p.build(i)
	}
}
