// Package payment asks the bank.
package payment

import (
	"context"
	"fmt"
	"io"
	"net/http"

	"shop.example/services/internal/meter"
)

// Client talks HTTP with the bank's gateway.
type Client struct {
	http *http.Client
	base string
}

// NewClient makes a client of the gateway at an address.
func NewClient(address string) *Client {
	return &Client{&http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 32}}, "http://" + address}
}

// Authorise asks whether a customer may pay.
func (c *Client) Authorise(ctx context.Context, customer int) (string, error) {
	defer meter.Waiting(ctx)()
	request, err := http.NewRequestWithContext(ctx, "GET", fmt.Sprintf("%s/customer/%d", c.base, customer), nil)
	if err != nil {
		return "", err
	}
	response, err := c.http.Do(request)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	return string(text), err
}
