// Package inventory asks another shop what it has, and asks again when it is busy.
package inventory

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"shop.example/services/internal/meter"
	"shop.example/services/internal/warehouse"
)

// Client is the other shop's.
type Client struct {
	link    *warehouse.Link
	backoff time.Duration
}

// NewClient makes a client that waits for so long before it asks again.
func NewClient(link *warehouse.Link, backoff time.Duration) *Client { return &Client{link, backoff} }

// Count is how many of an article there are.
func (c *Client) Count(ctx context.Context, article int) (string, error) {
	for try := 0; try < 5; try++ {
		answer, err := c.link.Ask(context.Background(), fmt.Sprintf("count %d", article))
		if err != nil {
			return "", err
		}
		if strings.TrimSpace(answer) != "busy" {
			return answer, nil
		}
		c.pause(ctx)
	}
	return "", errors.New("the other shop is busy")
}

func (c *Client) pause(ctx context.Context) {
	defer meter.Waiting(ctx)()
	time.Sleep(c.backoff)
}
