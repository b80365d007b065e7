// Package warehouse asks the warehouse, over connections that stay open.
package warehouse

import (
	"bufio"
	"context"
	"fmt"
	"net"

	"shop.example/services/internal/meter"
)

type line struct {
	net.Conn
	answers *bufio.Reader
}

// Link is a set of connections, of which each request uses one.
type Link struct {
	address string
	free    chan *line
}

// Dial makes a link to an address; connections are made as they are needed, and kept.
func Dial(address string) *Link { return &Link{address, make(chan *line, 64)} }

// Ask sends a question and returns the answer.
func (l *Link) Ask(ctx context.Context, question string) (string, error) {
	conn, err := l.take()
	if err != nil {
		return "", err
	}
	done := meter.Waiting(ctx)
	answer, err := conn.exchange(question)
	done()
	if err != nil {
		conn.Close()
		return "", err
	}
	l.free <- conn
	return answer, nil
}

func (c *line) exchange(question string) (string, error) {
	if _, err := fmt.Fprintln(c, question); err != nil {
		return "", err
	}
	return c.answers.ReadString('\n')
}

func (l *Link) take() (*line, error) {
	select {
	case conn := <-l.free:
		return conn, nil
	default:
	}
	conn, err := net.Dial("tcp", l.address)
	if err != nil {
		return nil, err
	}
	return &line{conn, bufio.NewReader(conn)}, nil
}
