package main

import (
	"encoding/json"
	"fmt"
	"io"
	"sort"
	"strconv"
	"strings"

	"golang.org/x/exp/trace"
)

// proof is what a trace must show for a planted incident to be in it; see datasets/capture/planted/README.md.
type proof struct {
	Null      bool     // no request stands out
	Own       string   // the slow requests' own goroutines are in this state
	Reasons   []string // for one of these reasons, where it is Waiting
	Within    []string // with one of these functions in the stack, where there are any
	Span      string   // meanwhile another goroutine does this, as the service itself noted
	SpanState string   // and is in this state: Running, Syscall or Waiting:REASON
	Kept      []string // goroutines with one of these functions, or with this label, kept the processors
	Range     string   // ranges of this name lie in the slow requests
	OwnRange  string   // ranges of this name on the slow requests' own goroutines
	Queue     string   // the slow requests' worker was busy when they came, for the most part with such spans
}

type counted struct {
	Start, Dur, Planted, Goroutine int64
	Kind                           string
}

type claim struct {
	Proof    proof
	Requests []counted
	Spans    []counted
}

// proven is how far the trace bears the claim out: each ratio with what it must be.
type proven struct {
	Slow   int                `json:"slow"`
	Excess int64              `json:"excess_ns"`
	Ratios map[string]float64 `json:"ratios"`
	// What each request waited for the planted thing, in the order given, where the trace alone can tell.
	Planted []int64  `json:"planted_ns"`
	Wrong   []string `json:"wrong"`
}

type interval struct {
	from, to  int64
	state     string
	reason    string
	functions string
}

// history is what a trace says of each goroutine, on the clock of the service's counters.
type history struct {
	clock     [][2]int64 // time of the trace, time of the counters
	states    map[trace.GoID][]interval
	open      map[trace.GoID]interval
	seen      map[trace.GoID]map[string]bool // functions and labels
	ranges    map[string][]interval
	ownRanges map[trace.GoID][]interval
	begun     map[string]int64
	stacks    map[trace.Stack]string
	procs     int64
	last      int64
}

func prove(reader *trace.Reader, input io.Reader) (proven, error) {
	var c claim
	if err := json.NewDecoder(input).Decode(&c); err != nil {
		return proven{}, err
	}
	h := &history{
		states: map[trace.GoID][]interval{}, open: map[trace.GoID]interval{}, seen: map[trace.GoID]map[string]bool{},
		ranges: map[string][]interval{}, ownRanges: map[trace.GoID][]interval{}, begun: map[string]int64{},
		stacks: map[trace.Stack]string{},
	}
	if err := eachEvent(reader, h.add); err != nil {
		return proven{}, err
	}
	if len(h.clock) < 2 {
		return proven{}, fmt.Errorf("the trace does not hold the time of the counters twice")
	}
	for g, open := range h.open {
		open.to = h.last
		h.states[g] = append(h.states[g], open)
	}
	h.move()
	return h.judge(c), nil
}

func (h *history) add(event *trace.Event) {
	now := int64(event.Time())
	h.last = now
	switch event.Kind() {
	case trace.EventSync:
		clear(h.stacks)
	case trace.EventLog:
		if log := event.Log(); log.Category == "nanotime" {
			if at, err := strconv.ParseInt(log.Message, 10, 64); err == nil {
				h.clock = append(h.clock, [2]int64{now, at})
			}
		}
	case trace.EventLabel:
		if label := event.Label(); label.Resource.Kind == trace.ResourceGoroutine {
			h.note(label.Resource.Goroutine(), label.Label)
		}
	case trace.EventStackSample:
		h.note(event.Goroutine(), h.functions(event.Stack()))
	case trace.EventMetric:
		if metric := event.Metric(); metric.Name == "/sched/gomaxprocs:threads" {
			h.procs = int64(metric.Value.Uint64())
		}
	case trace.EventRangeBegin, trace.EventRangeEnd:
		h.addRange(event, now)
	case trace.EventStateTransition:
		h.addTransition(event, now)
	}
}

func (h *history) addRange(event *trace.Event, now int64) {
	span := event.Range()
	key := span.Scope.String() + span.Name
	if event.Kind() == trace.EventRangeBegin {
		h.begun[key] = now
		return
	}
	from, known := h.begun[key]
	if !known {
		return
	}
	delete(h.begun, key)
	if span.Scope.Kind == trace.ResourceGoroutine {
		g := span.Scope.Goroutine()
		h.ownRanges[g] = append(h.ownRanges[g], interval{from: from, to: now, state: span.Name})
	}
	h.ranges[span.Name] = append(h.ranges[span.Name], interval{from: from, to: now})
}

func (h *history) addTransition(event *trace.Event, now int64) {
	transition := event.StateTransition()
	if transition.Resource.Kind != trace.ResourceGoroutine {
		return
	}
	g := transition.Resource.Goroutine()
	from, to := transition.Goroutine()
	functions := h.functions(transition.Stack)
	if event.Goroutine() == g {
		h.note(g, h.functions(event.Stack()))
	}
	if from == trace.GoNotExist {
		h.note(g, functions)
	}
	if open, known := h.open[g]; known {
		open.to = now
		h.states[g] = append(h.states[g], open)
		delete(h.open, g)
	}
	if to == trace.GoNotExist {
		return
	}
	h.open[g] = interval{from: now, state: to.String(), reason: transition.Reason, functions: functions}
}

func (h *history) note(g trace.GoID, what string) {
	if h.seen[g] == nil {
		h.seen[g] = map[string]bool{}
	}
	h.seen[g][what] = true
}

// functions is a stack as one text: its functions, each followed by a line feed.
func (h *history) functions(stack trace.Stack) string {
	if text, known := h.stacks[stack]; known {
		return text
	}
	var text strings.Builder
	for frame := range stack.Frames() {
		text.WriteString(frame.Func)
		text.WriteByte('\n')
	}
	h.stacks[stack] = text.String()
	return text.String()
}

// move puts all times onto the clock of the counters.
func (h *history) move() {
	first, last := h.clock[0], h.clock[len(h.clock)-1]
	scale := float64(last[1]-first[1]) / float64(last[0]-first[0])
	moved := func(list []interval) {
		for i := range list {
			list[i].from = first[1] + int64(float64(list[i].from-first[0])*scale)
			list[i].to = first[1] + int64(float64(list[i].to-first[0])*scale)
		}
	}
	for _, list := range h.states {
		moved(list)
	}
	for _, list := range h.ranges {
		moved(list)
	}
	for _, list := range h.ownRanges {
		moved(list)
	}
}

func (h *history) judge(c claim) proven {
	result := proven{Ratios: map[string]float64{}, Wrong: []string{}}
	// The slowest hundredth, or the slowest twenty where that are more.
	share := min(0.99, 1-19.5/float64(max(20, len(c.Requests))))
	threshold := rank(c.Requests, share, duration)
	var slow []counted
	planted := int64(0)
	for _, kind := range kinds(c.Requests) {
		typical, usual := rank(kind, 0.5, duration), rank(kind, 0.5, func(r counted) int64 { return r.Planted })
		for _, r := range kind {
			if r.Dur >= threshold && r.Dur > 2*typical {
				slow = append(slow, r)
				result.Excess += r.Dur - typical
				planted += max(0, r.Planted-usual)
			}
		}
	}
	result.Slow = len(slow)
	must := func(name string, of, whole int64, low, high float64) {
		ratio := float64(of) / float64(max(1, whole))
		result.Ratios[name] = ratio
		if ratio < low || ratio > high {
			result.Wrong = append(result.Wrong, fmt.Sprintf("%s is %.3f, not within %g and %g", name, ratio, low, high))
		}
	}
	p := c.Proof
	if p.Null {
		must("slow requests", int64(len(slow)), 1, 0, 0)
		return result
	}
	must("slow requests", int64(len(slow)), 1, 4, 1e9)
	if p.Own != "" {
		own := func(r counted) []interval { return h.within(r, func(i interval) bool { return p.holds(i) }) }
		spent := func(r counted) int64 { return length(own(r)) }
		often := rank(c.Requests, 0.5, spent)
		matched, covered := int64(0), int64(0)
		spans := named(c.Spans, p.Span)
		for _, r := range slow {
			matched += max(0, spent(r)-often)
			for _, i := range own(r) {
				covered += common(spans, i.from, i.to)
			}
		}
		must("own "+strings.ToLower(p.Own)+" of what was counted", matched, planted, 0.85, 1.15)
		if p.Span != "" {
			must(p.Span+" during it", covered, matched, 0.85, 1.1)
			must(p.Span+" in state "+p.SpanState, h.inState(c.Spans, p), 1000, 0.6, 1.01)
		}
	}
	if len(p.Kept) > 0 {
		kept, ready := int64(0), int64(0)
		hogs, others := h.hogs(p.Kept), h.ready(p.Kept)
		waited := func(r counted) int64 { return common(hogs, r.Start, r.Start+r.Dur) }
		result.Planted = each(c.Requests, waited)
		for _, r := range slow {
			kept += waited(r)
			ready += common(others, r.Start, r.Start+r.Dur)
		}
		must("processors kept", kept, result.Excess, 0.75, 1.25)
		must("others ready meanwhile", ready, result.Excess, 0.5, 1.25)
	}
	if p.Range != "" {
		stopped := int64(0)
		var all []interval
		for name, list := range h.ranges {
			if strings.HasPrefix(name, p.Range) {
				all = append(all, list...)
			}
		}
		all = union(all)
		for _, r := range slow {
			stopped += common(all, r.Start, r.Start+r.Dur)
		}
		must(p.Range, stopped, result.Excess, 0.8, 1.15)
	}
	if p.OwnRange != "" {
		waited := func(r counted) (sum int64) {
			for _, i := range h.ownRanges[trace.GoID(r.Goroutine)] {
				if i.state == p.OwnRange {
					sum += overlap(i, r.Start, r.Start+r.Dur)
				}
			}
			return sum
		}
		result.Planted = each(c.Requests, waited)
		assisted := int64(0)
		for _, r := range slow {
			assisted += waited(r)
		}
		must(p.OwnRange, assisted, result.Excess, 0.7, 1.15)
	}
	if p.Queue != "" {
		busy, before := int64(0), int64(0)
		spans := named(c.Spans, p.Queue)
		for _, r := range slow {
			wait := counted{Start: r.Start, Dur: r.Planted, Goroutine: r.Goroutine}
			busy += length(h.within(wait, func(i interval) bool { return i.state == "Running" }))
			before += common(spans, r.Start, r.Start+r.Planted)
		}
		must("worker busy", busy, planted, 0.85, 1.15)
		must(p.Queue+" before it", before, planted, 0.5, 1.01)
	}
	return result
}

func (p proof) holds(i interval) bool {
	if i.state != p.Own {
		return false
	}
	reasoned := len(p.Reasons) == 0
	for _, reason := range p.Reasons {
		reasoned = reasoned || i.reason == reason || reason == "sync" && strings.HasPrefix(i.reason, "sync")
	}
	return reasoned && (len(p.Within) == 0 || containsAny(i.functions, p.Within))
}

func containsAny(functions string, wanted []string) bool {
	for _, function := range wanted {
		if strings.Contains("\n"+functions, "\n"+function+"\n") {
			return true
		}
	}
	return false
}

// within is what of a request's own goroutine's states holds, cut to the request.
func (h *history) within(r counted, holds func(interval) bool) (found []interval) {
	for _, i := range h.states[trace.GoID(r.Goroutine)] {
		if i.to <= r.Start || i.from >= r.Start+r.Dur || !holds(i) {
			continue
		}
		i.from, i.to = max(i.from, r.Start), min(i.to, r.Start+r.Dur)
		found = append(found, i)
	}
	return found
}

// inState is how many thousandths of the spans' time their goroutines were in the state claimed, of spans that last.
func (h *history) inState(spans []counted, p proof) int64 {
	whole, matched := int64(1), int64(0)
	state, reason, _ := strings.Cut(p.SpanState, ":")
	for _, span := range spans {
		if span.Kind != p.Span || span.Dur < 5e6 {
			continue
		}
		whole += span.Dur
		matched += length(h.within(span, func(i interval) bool {
			return i.state == state && (reason == "" || i.reason == reason)
		}))
	}
	return 1000 * matched / whole
}

func (h *history) isHog(g trace.GoID, wanted []string) bool {
	for what := range h.seen[g] {
		for _, function := range wanted {
			if containsAny(what, []string{function}) || function == "GC" && strings.HasPrefix(what, "GC (") {
				return true
			}
		}
	}
	return false
}

// hogs is when such goroutines ran on as many processors as there are.
func (h *history) hogs(wanted []string) []interval {
	var running []interval
	for g, list := range h.states {
		if !h.isHog(g, wanted) {
			continue
		}
		for _, i := range list {
			if i.state == "Running" {
				running = append(running, i)
			}
		}
	}
	return atOnce(running, max(1, h.procs))
}

// ready is when at least one goroutine that is none of them was ready to run.
func (h *history) ready(wanted []string) []interval {
	var ready []interval
	for g, list := range h.states {
		if h.isHog(g, wanted) {
			continue
		}
		for _, i := range list {
			if i.state == "Runnable" {
				ready = append(ready, i)
			}
		}
	}
	return union(ready)
}

// atOnce is when at least so many of the intervals are under way.
func atOnce(list []interval, many int64) (result []interval) {
	type edge struct{ at, step int64 }
	var edges []edge
	for _, i := range list {
		edges = append(edges, edge{i.from, 1}, edge{i.to, -1})
	}
	sort.Slice(edges, func(a, b int) bool {
		return edges[a].at < edges[b].at || edges[a].at == edges[b].at && edges[a].step < edges[b].step
	})
	under := int64(0)
	for k, e := range edges {
		if under += e.step; under >= many && k+1 < len(edges) && edges[k+1].at > e.at {
			result = append(result, interval{from: e.at, to: edges[k+1].at})
		}
	}
	return result
}

func union(list []interval) []interval { return atOnce(list, 1) }

func named(spans []counted, name string) (list []interval) {
	for _, span := range spans {
		if span.Kind == name {
			list = append(list, interval{from: span.Start, to: span.Start + span.Dur})
		}
	}
	return union(list)
}

func common(list []interval, from, to int64) (sum int64) {
	for _, i := range list {
		sum += overlap(i, from, to)
	}
	return sum
}

func overlap(i interval, from, to int64) int64 { return max(0, min(i.to, to)-max(i.from, from)) }

func length(list []interval) (sum int64) {
	for _, i := range list {
		sum += i.to - i.from
	}
	return sum
}

func each(requests []counted, of func(counted) int64) []int64 {
	values := make([]int64, len(requests))
	for i, r := range requests {
		values[i] = of(r)
	}
	return values
}

func kinds(requests []counted) map[string][]counted {
	kinds := map[string][]counted{}
	for _, r := range requests {
		kinds[r.Kind] = append(kinds[r.Kind], r)
	}
	return kinds
}

func duration(r counted) int64 { return r.Dur }

// rank is a nearest-rank quantile.
func rank(requests []counted, share float64, of func(counted) int64) int64 {
	if len(requests) == 0 {
		return 0
	}
	values := each(requests, of)
	sort.Slice(values, func(a, b int) bool { return values[a] < values[b] })
	return values[max(0, int(share*float64(len(values))+0.999999)-1)]
}
