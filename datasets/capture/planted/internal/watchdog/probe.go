// Package watchdog looks whether the service still does something.
package watchdog

import (
	"math/rand"
	"runtime"
	"time"

	"shop.example/services/internal/meter"
)

// Probe writes down what all goroutines do.
type Probe struct {
	text []byte
	size int
}

// NewProbe keeps so many subscribers waiting, as a service with many open connections does.
func NewProbe(subscribers int) *Probe {
	news := make(chan string)
	for i := 0; i < subscribers; i++ {
		go subscribe(news, i, 12)
	}
	return &Probe{text: make([]byte, 64<<20)}
}

func subscribe(news chan string, id, topics int) string {
	if topics > 0 {
		return subscribe(news, id, topics-1)
	}
	return <-news
}

// Watch looks now and then.
func (p *Probe) Watch(pause time.Duration) {
	for {
		time.Sleep(pause/2 + time.Duration(rand.Int63n(int64(pause))))
		p.look()
	}
}

func (p *Probe) look() {
	defer meter.Span("look")()
	p.size = runtime.Stack(p.text, true)
}
