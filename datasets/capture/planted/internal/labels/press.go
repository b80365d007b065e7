// Package labels prints labels, one after the other.
package labels

import (
	"bufio"
	"context"
	"fmt"
	"hash/crc32"
	"net"
	"strconv"
	"strings"
	"time"

	"shop.example/services/internal/meter"
	"shop.example/services/internal/work"
)

type job struct {
	op      *meter.Op
	article int
	conn    net.Conn
}

// Press prints what is in its queue, in one goroutine. Posters take long.
type Press struct {
	queue  chan job
	sheet  []byte
	ink    uint32
	label  int
	poster int
	one    int
}

// NewPress makes a press that takes so long for a label, and so long for a poster, of which there is one in so many.
func NewPress(label, poster time.Duration, oneIn int) *Press {
	p := &Press{queue: make(chan job, 4096), sheet: make([]byte, 16<<10), one: oneIn}
	p.label, p.poster = work.Rounds(p.stroke, label), work.Rounds(p.stroke, poster)
	go p.run()
	return p
}

// Listen takes orders as lines, and does not make the next one wait for the answer.
func (p *Press) Listen() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go p.receive(conn)
		}
	}()
	return listener.Addr().String(), nil
}

func (p *Press) receive(conn net.Conn) {
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		article, _ := strconv.Atoi(fields[1])
		kind := "label"
		if article%p.one == 0 {
			kind = "poster"
		}
		_, op := meter.Start(context.Background(), kind)
		p.queue <- job{op, article, conn}
	}
}

func (p *Press) run() {
	for j := range p.queue {
		waited := j.op.Age()
		j.op.Taken()
		if j.article%p.one == 0 {
			p.printPoster(j)
		} else {
			p.printLabel(j)
		}
		j.op.Waited(waited)
		j.op.End()
	}
}

func (p *Press) printLabel(j job) {
	for i := 0; i < p.label; i++ {
		p.stroke()
	}
	fmt.Fprintln(j.conn, "label", p.ink)
}

func (p *Press) printPoster(j job) {
	defer meter.Span("printPoster")()
	for i := 0; i < p.poster; i++ {
		p.stroke()
	}
	fmt.Fprintln(j.conn, "poster", p.ink)
}

func (p *Press) stroke() { p.ink ^= crc32.ChecksumIEEE(p.sheet) }
