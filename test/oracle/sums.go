package main

import (
	"math"
	"slices"

	"golang.org/x/exp/trace"
)

// durations is the count, sum and greatest of some durations.
type durations struct {
	Count   int64 `json:"count"`
	TotalNs int64 `json:"total_ns"`
	MaxNs   int64 `json:"max_ns"`
}

func (d *durations) add(ns int64) {
	d.Count++
	d.TotalNs += ns
	d.MaxNs = max(d.MaxNs, ns)
}

type latency struct {
	durations
	P50Ns int64 `json:"p50_ns"`
	P99Ns int64 `json:"p99_ns"`
}

// summary has the members of `tracebook summary --json` that are figures of the events.
type summary struct {
	Events       int64                 `json:"events"`
	Kinds        map[string]int64      `json:"kinds"`
	SpanNs       int64                 `json:"span_ns"`
	Goroutines   int                   `json:"goroutines"`
	StateNs      map[string]int64      `json:"state_ns"`
	Transitions  map[string]int64      `json:"transitions"`
	BlockReasons map[string]int64      `json:"block_reasons"`
	Ranges       map[string]*durations `json:"ranges"`
	SchedLatency latency               `json:"sched_latency"`
	Tasks        map[string]int64      `json:"tasks"`
	Regions      map[string]int64      `json:"regions"`
	Logs         int64                 `json:"logs"`
	Metrics      map[string]int64      `json:"metrics"`
	Frames       int64                 `json:"frames"`
}

const (
	kindCount  = int(trace.EventExperimental) + 1
	stateCount = int(trace.GoSyscall) + 1
)

// goroutine is what the sums have to remember of one.
type goroutine struct {
	state trace.GoState
	since trace.Time
	// waitSeen is set while it is Runnable since an event that was seen, at runnableSince.
	waitSeen      bool
	runnableSince trace.Time
}

type rangeKey struct {
	name  string
	scope trace.ResourceID
}

type summer struct {
	kinds       [kindCount]int64
	first, last trace.Time
	goroutines  map[trace.GoID]*goroutine
	stateNs     [stateCount]int64
	transitions [stateCount][stateCount]int64
	reasons     map[string]int64
	open        map[rangeKey]trace.Time
	ranges      map[string]*durations
	waits       []int64
	tasks       map[string]int64
	regions     map[string]int64
	metrics     map[string]int64
	frames      int64
	depths      map[trace.Stack]int64
}

func sum(reader *trace.Reader) (*summer, error) {
	s := &summer{
		first:      math.MaxInt64,
		goroutines: make(map[trace.GoID]*goroutine),
		reasons:    make(map[string]int64),
		open:       make(map[rangeKey]trace.Time),
		ranges:     make(map[string]*durations),
		tasks:      make(map[string]int64),
		regions:    make(map[string]int64),
		metrics:    make(map[string]int64),
		depths:     make(map[trace.Stack]int64),
	}
	err := eachEvent(reader, s.add)
	return s, err
}

func (s *summer) add(event *trace.Event) {
	kind := event.Kind()
	time := event.Time()
	s.kinds[kind]++
	s.first = min(s.first, time)
	s.last = time
	if stack := event.Stack(); stack != trace.NoStack {
		s.frames += s.depth(stack)
	}
	switch kind {
	case trace.EventStateTransition:
		s.addTransition(event.StateTransition(), time)
	case trace.EventRangeBegin:
		scope := event.Range()
		s.open[rangeKey{scope.Name, scope.Scope}] = time
	case trace.EventRangeActive:
		scope := event.Range()
		key := rangeKey{scope.Name, scope.Scope}
		if _, isOpen := s.open[key]; !isOpen {
			s.open[key] = time
		}
	case trace.EventRangeEnd:
		s.closeRange(event.Range(), time)
	case trace.EventMetric:
		s.metrics[event.Metric().Name]++
	case trace.EventTaskBegin:
		s.tasks[event.Task().Type]++
	case trace.EventRegionBegin:
		s.regions[event.Region().Type]++
	case trace.EventSync:
		clear(s.depths) // Stacks of one generation are never seen in the next.
	}
}

func (s *summer) addTransition(transition trace.StateTransition, time trace.Time) {
	if transition.Reason != "" {
		s.reasons[transition.Reason]++
	}
	if transition.Resource.Kind != trace.ResourceGoroutine {
		return
	}
	from, to := transition.Goroutine()
	s.transitions[from][to]++
	id := transition.Resource.Goroutine()
	g, known := s.goroutines[id]
	if known {
		s.stateNs[g.state] += int64(time - g.since)
	} else {
		g = new(goroutine)
		s.goroutines[id] = g
	}
	g.state, g.since = to, time
	switch {
	case to == trace.GoRunning:
		if from == trace.GoRunnable && g.waitSeen {
			s.waits = append(s.waits, int64(time-g.runnableSince))
		}
		g.waitSeen = false
	case to != trace.GoRunnable:
		g.waitSeen = false
	case from != trace.GoRunnable:
		g.waitSeen, g.runnableSince = from != trace.GoUndetermined, time
	}
}

func (s *summer) closeRange(scope trace.Range, time trace.Time) {
	key := rangeKey{scope.Name, scope.Scope}
	start, isOpen := s.open[key]
	if !isOpen {
		return
	}
	delete(s.open, key)
	sums := s.ranges[scope.Name]
	if sums == nil {
		sums = new(durations)
		s.ranges[scope.Name] = sums
	}
	sums.add(int64(time - start))
}

func (s *summer) depth(stack trace.Stack) int64 {
	depth, known := s.depths[stack]
	if !known {
		for range stack.Frames() {
			depth++
		}
		s.depths[stack] = depth
	}
	return depth
}

func (s *summer) result() *summary {
	out := &summary{
		Kinds:        make(map[string]int64),
		Goroutines:   len(s.goroutines),
		StateNs:      make(map[string]int64),
		Transitions:  make(map[string]int64),
		BlockReasons: s.reasons,
		Ranges:       s.ranges,
		Tasks:        s.tasks,
		Regions:      s.regions,
		Logs:         s.kinds[trace.EventLog],
		Metrics:      s.metrics,
		Frames:       s.frames,
	}
	for kind, count := range s.kinds {
		out.Events += count
		if count > 0 {
			out.Kinds[trace.EventKind(kind).String()] = count
		}
	}
	if out.Events > 0 {
		out.SpanNs = int64(s.last - s.first)
	}
	for from, counts := range s.transitions {
		if ns := s.stateNs[from]; ns > 0 {
			out.StateNs[trace.GoState(from).String()] = ns
		}
		for to, count := range counts {
			if count > 0 {
				out.Transitions[trace.GoState(from).String()+"->"+trace.GoState(to).String()] = count
			}
		}
	}
	slices.Sort(s.waits)
	for _, ns := range s.waits {
		out.SchedLatency.add(ns)
	}
	out.SchedLatency.P50Ns = nearestRank(s.waits, 0.5)
	out.SchedLatency.P99Ns = nearestRank(s.waits, 0.99)
	return out
}

// nearestRank is the smallest value that a share q of the sorted values does not exceed; 0 when there are none.
func nearestRank(sorted []int64, q float64) int64 {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(math.Ceil(q * float64(len(sorted))))
	return sorted[max(rank, 1)-1]
}
