// Package offers asks several suppliers at once and takes the best offer.
package offers

import (
	"context"
	"fmt"
	"sync"

	"shop.example/services/internal/meter"
	"shop.example/services/internal/warehouse"
)

// Finder knows the suppliers.
type Finder struct {
	town  *warehouse.Link
	coast *warehouse.Link
}

// NewFinder asks suppliers at two addresses, of which the second is sometimes late.
func NewFinder(town, coast string) *Finder {
	return &Finder{warehouse.Dial(town), warehouse.Dial(coast)}
}

// Best is the best offer for an article.
func (f *Finder) Best(ctx context.Context, article int) (string, error) {
	parts := []func(int) string{f.askTown, f.askMill, f.askCoast}
	answers := make([]string, len(parts))
	var wait sync.WaitGroup
	for i, part := range parts {
		wait.Add(1)
		go func(i int, part func(int) string) {
			defer wait.Done()
			answers[i] = part(article)
		}(i, part)
	}
	done := meter.Waiting(ctx)
	wait.Wait()
	done()
	return answers[0], nil
}

func (f *Finder) askTown(article int) string {
	answer, _ := f.town.Ask(context.Background(), fmt.Sprintf("never town %d", article))
	return answer
}

func (f *Finder) askMill(article int) string {
	answer, _ := f.town.Ask(context.Background(), fmt.Sprintf("never mill %d", article))
	return answer
}

func (f *Finder) askCoast(article int) string {
	defer meter.Span("askCoast")()
	answer, _ := f.coast.Ask(context.Background(), fmt.Sprintf("coast %d", article))
	return answer
}
