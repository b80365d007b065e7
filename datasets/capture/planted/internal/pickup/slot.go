// Package pickup gives out times at which customers can fetch what they ordered.
package pickup

import (
	"context"
	"fmt"
	"time"
)

// Slots is the calendar.
type Slots struct{ settle time.Duration }

// NewSlots waits for so long before it confirms, in case a customer changes their mind at once.
func NewSlots(settle time.Duration) *Slots { return &Slots{settle} }

// Offer offers a time.
func (s *Slots) Offer(ctx context.Context, customer int) (string, error) {
	time.Sleep(s.settle)
	return fmt.Sprintf("%d:%02d", 8+customer%10, customer%60), nil
}
