package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strconv"

	"golang.org/x/exp/trace"
)

// Kinds of batches of the AllocFree experiment, from runtime/traceallocfree.go.
const (
	batchTypes = 0
	batchInfo  = 1
)

type heapType struct {
	name  string
	bytes uint64
}

// heapObject is a line of `oracle heap`; its numbers are -1 where they are not known.
type heapObject struct {
	what, address, kind string
	bytes, start, end   int64
	g                   int64
}

// heapFollower puts the events of the AllocFree experiment and the batches beside them together.
type heapFollower struct {
	start                       trace.Time
	started                     bool
	base, page, align, minStack uint64
	types                       map[uint64]heapType
	live                        map[string]*heapObject
	all                         []*heapObject
	clocks                      []string
	failed                      error
}

func newHeapFollower() *heapFollower {
	return &heapFollower{live: make(map[string]*heapObject)}
}

func (h *heapFollower) add(event *trace.Event) {
	if !h.started {
		h.started = true
		h.start = event.Time()
	}
	switch event.Kind() {
	case trace.EventSync:
		h.sync(event.Sync())
	case trace.EventExperimental:
		h.follow(event, event.Experimental())
	}
}

func (h *heapFollower) sync(sync trace.Sync) {
	h.types = make(map[uint64]heapType)
	for _, batch := range sync.ExperimentalBatches["AllocFree"] {
		if err := h.batch(batch.Data); err != nil && h.failed == nil {
			h.failed = err
		}
	}
	if snapshot := sync.ClockSnapshot; snapshot != nil {
		h.clocks = append(h.clocks, fmt.Sprintf("clock\t%d\t%d\t%d",
			snapshot.Trace-h.start, snapshot.Mono, snapshot.Wall.UnixNano()))
	}
}

func (h *heapFollower) batch(data []byte) error {
	if len(data) == 0 {
		return errors.New("empty batch")
	}
	rest := data[1:]
	next := func() uint64 {
		value, n := binary.Uvarint(rest)
		if n <= 0 {
			panic("bad varint in a batch of an experiment")
		}
		rest = rest[n:]
		return value
	}
	switch data[0] {
	case batchInfo:
		h.base, h.page, h.align, h.minStack = next(), next(), next(), next()
	case batchTypes:
		for len(rest) > 0 {
			id := next()
			next() // address of the type
			size := next()
			next() // bytes that may hold pointers
			length := next()
			h.types[id] = heapType{string(rest[:length]), size}
			rest = rest[length:]
		}
	default:
		return fmt.Errorf("batch of unknown kind %d", data[0])
	}
	return nil
}

func (h *heapFollower) follow(event *trace.Event, experimental trace.ExperimentalEvent) {
	argument := func(i int) uint64 { return experimental.ArgValue(i).Uint64() }
	object := heapObject{bytes: -1, start: -1, end: -1, g: -1}
	unit := uint64(0)
	switch experimental.Name {
	case "Span", "SpanAlloc", "SpanFree":
		object.what, unit = "span", h.page
	case "HeapObject", "HeapObjectAlloc", "HeapObjectFree":
		object.what, unit = "object", h.align
	case "GoroutineStack", "GoroutineStackAlloc", "GoroutineStackFree":
		object.what, unit = "stack", h.minStack
	default:
		return
	}
	now := int64(event.Time() - h.start)
	object.address = "0x" + strconv.FormatUint(h.base+argument(0)*unit, 16)
	key := fmt.Sprint(object.what, " ", argument(0))
	switch experimental.Name {
	case "SpanFree", "HeapObjectFree", "GoroutineStackFree":
		if known := h.live[key]; known != nil {
			known.end = now
		}
		delete(h.live, key)
		return
	case "SpanAlloc", "HeapObjectAlloc", "GoroutineStackAlloc":
		object.start = now
		object.g = int64(event.Goroutine())
	default:
		if h.live[key] != nil {
			return
		}
	}
	switch object.what {
	case "span":
		object.bytes = int64(argument(1) * h.page)
		if class := argument(2); class&1 != 0 {
			object.kind = "manual"
		} else {
			object.kind = fmt.Sprintf("class %d", class>>2)
			if class&2 != 0 {
				object.kind += " noscan"
			}
		}
	case "object":
		if found, known := h.types[argument(1)]; known {
			object.kind, object.bytes = found.name, int64(found.bytes)
		}
	case "stack":
		object.bytes = int64(math.Pow(2, float64(argument(1)-1)))
	}
	h.live[key] = &object
	h.all = append(h.all, &object)
}

func (h *heapFollower) print(out *bufio.Writer) error {
	for _, clock := range h.clocks {
		fmt.Fprintln(out, clock)
	}
	for _, o := range h.all {
		fmt.Fprintf(out, "%s\t%s\t%s\t%d\t%d\t%d\t%d\n",
			o.what, o.address, escape(o.kind), o.bytes, o.start, o.end, o.g)
	}
	return h.failed
}
