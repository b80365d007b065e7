// Package packing takes orders at a desk and hands them to packers.
package packing

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"runtime/trace"

	"shop.example/services/internal/meter"
	"shop.example/services/internal/warehouse"
)

type parcel struct {
	ctx  context.Context
	op   *meter.Op
	task *trace.Task
	conn net.Conn
	text string
}

// Desk is where orders come in.
type Desk struct {
	parcels chan parcel
	carrier *warehouse.Link
}

// NewDesk has so many packers, who ask the carrier about each parcel.
func NewDesk(packers int, carrier *warehouse.Link) *Desk {
	d := &Desk{make(chan parcel, 256), carrier}
	for i := 0; i < packers; i++ {
		go d.pack()
	}
	return d
}

// Listen takes orders as lines.
func (d *Desk) Listen(tasks bool) (string, error) {
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
			go d.receive(conn, tasks)
		}
	}()
	return listener.Addr().String(), nil
}

// receive begins each order's task; who ends it is the packer.
func (d *Desk) receive(conn net.Conn, tasks bool) {
	lines := bufio.NewScanner(conn)
	for lines.Scan() {
		p := parcel{ctx: context.Background(), conn: conn, text: lines.Text()}
		if tasks {
			p.ctx, p.task = trace.NewTask(p.ctx, "parcel")
		}
		p.ctx, p.op = meter.Start(p.ctx, "parcel")
		d.parcels <- p
	}
}

func (d *Desk) pack() {
	for p := range d.parcels {
		p.op.Taken()
		answer, err := d.carrier.Ask(p.ctx, "parcel "+p.text)
		if err != nil {
			answer = err.Error() + "\n"
		}
		fmt.Fprint(p.conn, answer)
		p.op.End()
		if p.task != nil {
			p.task.End()
		}
	}
}
