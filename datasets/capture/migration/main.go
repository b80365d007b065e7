// Command migration moves a small inventory service from a map of 1 KiB values under one lock to a map split into
// shards, behind a switch: legacy, then double-write, then new. Two workers read and write all the while, and after
// each stage the service's own metrics page is printed, as a scrape of it would see it.
//
// `migration FOLDER` writes one Prometheus text file a stage; with `-bug`, the new structure loses the writes of
// one key in a thousand, to show what the comparison during double-write is for.
package main

import (
	"flag"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const keys, shards = 20000, 64

type buffer [1024]byte

type store interface {
	get(key uint64) (buffer, bool)
	put(key uint64, value *buffer)
}

// legacy is what there was: one map, one lock, values copied in and out.
type legacy struct {
	lock sync.RWMutex
	data map[uint64]buffer
}

func (s *legacy) get(key uint64) (buffer, bool) {
	s.lock.RLock()
	defer s.lock.RUnlock()
	value, ok := s.data[key]
	return value, ok
}

func (s *legacy) put(key uint64, value *buffer) {
	s.lock.Lock()
	s.data[key] = *value
	s.lock.Unlock()
}

// sharded is what there is to be: as many maps and locks as shards, and values behind a pointer.
type sharded struct {
	loses func(uint64) bool
	parts [shards]struct {
		lock sync.RWMutex
		data map[uint64]*buffer
	}
}

func (s *sharded) get(key uint64) (buffer, bool) {
	part := &s.parts[key%shards]
	part.lock.RLock()
	defer part.lock.RUnlock()
	if value, ok := part.data[key]; ok {
		return *value, true
	}
	return buffer{}, false
}

func (s *sharded) put(key uint64, value *buffer) {
	part := &s.parts[key%shards]
	kept := *value
	part.lock.Lock()
	if _, ok := part.data[key]; !ok || !s.loses(key) {
		part.data[key] = &kept
	}
	part.lock.Unlock()
}

// service answers reads from one structure and keeps the other in step while both are written.
type service struct {
	mode     atomic.Value
	old, new store
	// One lock a key range makes both writes one step for a read that compares; nothing else takes it.
	steps       [shards]sync.RWMutex
	read, write *prometheus.HistogramVec
	compared    *prometheus.CounterVec
}

func (s *service) get(key uint64) {
	mode := s.mode.Load().(string)
	start := time.Now()
	switch mode {
	case "new":
		s.new.get(key)
	case "legacy":
		s.old.get(key)
	default:
		step := &s.steps[key%shards]
		step.RLock()
		before, hadBefore := s.old.get(key)
		after, hasAfter := s.new.get(key)
		step.RUnlock()
		result := "equal"
		if hadBefore && !hasAfter {
			result = "missing"
		} else if before != after {
			result = "different"
		}
		s.compared.WithLabelValues(result).Inc()
	}
	s.read.WithLabelValues(mode).Observe(time.Since(start).Seconds())
}

func (s *service) put(key uint64, value *buffer) {
	mode := s.mode.Load().(string)
	start := time.Now()
	switch mode {
	case "new":
		s.new.put(key, value)
	case "legacy":
		s.old.put(key, value)
	default:
		step := &s.steps[key%shards]
		step.Lock()
		s.old.put(key, value)
		s.new.put(key, value)
		step.Unlock()
	}
	s.write.WithLabelValues(mode).Observe(time.Since(start).Seconds())
}

// backfill copies what was written before double-write began; without it the new structure would lack old keys.
func (s *service) backfill() {
	for key := uint64(0); key < keys; key++ {
		step := &s.steps[key%shards]
		step.Lock()
		if value, ok := s.old.get(key); ok {
			s.new.put(key, &value)
		}
		step.Unlock()
	}
}

func main() {
	bug := flag.Bool("bug", false, "lose later writes of one key in a thousand")
	stage := flag.Duration("stage", 3*time.Second, "how long a stage lasts")
	flag.Parse()
	folder := flag.Arg(0)
	if folder == "" {
		fmt.Fprintln(os.Stderr, "usage: migration [-bug] [-stage 3s] FOLDER")
		os.Exit(2)
	}
	s, page := newService(*bug)
	var stopped atomic.Bool
	var wait sync.WaitGroup
	for worker := int64(0); worker < 2; worker++ {
		wait.Add(1)
		go func(random *rand.Rand) {
			defer wait.Done()
			var value buffer
			for !stopped.Load() {
				key := uint64(random.Intn(keys))
				if random.Intn(10) == 0 {
					random.Read(value[:16])
					s.put(key, &value)
				} else {
					s.get(key)
				}
				if random.Intn(20) == 0 {
					time.Sleep(100 * time.Microsecond)
				}
			}
		}(rand.New(rand.NewSource(worker + 1)))
	}
	scrape(page, filepath.Join(folder, "0-start.prom"))
	for i, step := range []string{"legacy", "backfill", "double-write", "new"} {
		switch step {
		case "backfill":
			s.mode.Store("double-write-backfill")
			s.backfill()
		default:
			s.mode.Store(step)
			time.Sleep(*stage)
		}
		scrape(page, filepath.Join(folder, fmt.Sprintf("%d-%s.prom", i+1, step)))
	}
	stopped.Store(true)
	wait.Wait()
}

func newService(bug bool) (*service, http.Handler) {
	to := &sharded{loses: func(key uint64) bool { return bug && key%1000 == 7 }}
	for i := range to.parts {
		to.parts[i].data = map[uint64]*buffer{}
	}
	buckets := prometheus.ExponentialBuckets(1e-7, 1.5, 30)
	s := &service{
		old:      &legacy{data: map[uint64]buffer{}},
		new:      to,
		read:     prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "buffer_read_latency_seconds", Help: "Time of one read, by mode.", Buckets: buckets}, []string{"mode"}),
		write:    prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "buffer_write_latency_seconds", Help: "Time of one write, by mode.", Buckets: buckets}, []string{"mode"}),
		compared: prometheus.NewCounterVec(prometheus.CounterOpts{Name: "buffer_compared_reads_total", Help: "Reads of both structures, by what the comparison found."}, []string{"result"}),
	}
	s.mode.Store("legacy")
	for key := uint64(0); key < keys; key++ {
		s.old.put(key, &buffer{byte(key), byte(key >> 8)})
	}
	registry := prometheus.NewRegistry()
	registry.MustRegister(s.read, s.write, s.compared)
	return s, promhttp.HandlerFor(registry, promhttp.HandlerOpts{})
}

// scrape saves the metrics page as an HTTP client receives it.
func scrape(page http.Handler, path string) {
	server := httptest.NewServer(page)
	defer server.Close()
	answer, err := http.Get(server.URL)
	if err == nil {
		defer answer.Body.Close()
		var text []byte
		if text, err = io.ReadAll(answer.Body); err == nil {
			err = os.WriteFile(path, text, 0o644)
		}
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
