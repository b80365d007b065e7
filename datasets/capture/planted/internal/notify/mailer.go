// Package notify tells customers by mail, not faster than the mail server likes.
package notify

import (
	"context"
	"fmt"
	"math/rand"
	"time"

	"golang.org/x/time/rate"

	"shop.example/services/internal/meter"
)

// Mailer sends mails.
type Mailer struct {
	limit *rate.Limiter
}

// NewMailer sends so many a second, and so many at once.
func NewMailer(perSecond float64, atOnce int) *Mailer {
	return &Mailer{limit: rate.NewLimiter(rate.Limit(perSecond), atOnce)}
}

// Send sends a mail.
func (m *Mailer) Send(ctx context.Context, customer int) (string, error) {
	done := meter.Waiting(ctx)
	err := m.limit.Wait(ctx)
	done()
	return fmt.Sprintf("mail to %d", customer), err
}

// Campaign sends a newsletter now and then, as many mails at once as are allowed; the next mails wait for it.
func (m *Mailer) Campaign(pause time.Duration) {
	for {
		time.Sleep(pause/2 + time.Duration(rand.Int63n(int64(pause))))
		for i := 0; i < 2; i++ {
			m.limit.WaitN(context.Background(), m.limit.Burst())
		}
	}
}
