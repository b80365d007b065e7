package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strconv"
	"strings"
)

// client speaks Redis's protocol over one connection; it is for one goroutine, but send and receive may be split.
type client struct {
	conn   net.Conn
	reader *bufio.Reader
}

func dialRedis(address string) (*client, error) {
	conn, err := net.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &client{conn, bufio.NewReaderSize(conn, 1<<16)}, nil
}

func (c *client) do(args ...string) (string, error) {
	if err := c.send(args...); err != nil {
		return "", err
	}
	return c.receive()
}

func (c *client) send(args ...string) error {
	var text strings.Builder
	fmt.Fprintf(&text, "*%d\r\n", len(args))
	for _, arg := range args {
		fmt.Fprintf(&text, "$%d\r\n%s\r\n", len(arg), arg)
	}
	_, err := io.WriteString(c.conn, text.String())
	return err
}

// receive reads a reply; the elements of an array are joined by spaces.
func (c *client) receive() (string, error) {
	line, err := c.reader.ReadString('\n')
	if err != nil {
		return "", err
	}
	line = strings.TrimRight(line, "\r\n")
	switch line[0] {
	case '-':
		return "", fmt.Errorf("redis: %s", line[1:])
	case '$':
		size, _ := strconv.Atoi(line[1:])
		if size < 0 {
			return "", nil
		}
		text := make([]byte, size+2)
		_, err := io.ReadFull(c.reader, text)
		return string(text[:size]), err
	case '*':
		count, _ := strconv.Atoi(line[1:])
		parts := make([]string, 0, max(count, 0))
		for i := 0; i < count; i++ {
			part, err := c.receive()
			if err != nil {
				return "", err
			}
			parts = append(parts, part)
		}
		return strings.Join(parts, " "), nil
	}
	return line[1:], nil
}
