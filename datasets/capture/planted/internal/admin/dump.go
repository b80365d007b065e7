// Package admin is for the people who run the service.
package admin

import (
	"math/rand"
	"os"
	"runtime/debug"
	"time"

	"shop.example/services/internal/meter"
)

type article struct {
	name string
	tags []*string
	next *article
}

// Dumper writes the heap down, for a tool that looks for leaks.
type Dumper struct {
	to       *os.File
	articles *article
}

// NewDumper holds so many articles, which is what there is to write.
func NewDumper(articles int) (*Dumper, error) {
	to, err := os.OpenFile(os.DevNull, os.O_WRONLY, 0)
	d := &Dumper{to: to}
	for i := 0; i < articles; i++ {
		d.articles = &article{name: "lamp", tags: make([]*string, 4), next: d.articles}
	}
	return d, err
}

// Run dumps now and then.
func (d *Dumper) Run(pause time.Duration) {
	for {
		time.Sleep(pause/2 + time.Duration(rand.Int63n(int64(pause))))
		d.dump()
	}
}

func (d *Dumper) dump() {
	defer meter.Span("dump")()
	debug.WriteHeapDump(d.to.Fd())
}
