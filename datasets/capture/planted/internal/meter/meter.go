// Package meter is the service's own account of its requests: when each began and ended, and how much of it went by
// waiting for the one thing that the run is about. It is what a diagnosis made from the trace is compared with, and
// independent of it: it reads the clock around the wait and keeps what it read in memory until the end.
package meter

import (
	"bufio"
	"context"
	"fmt"
	"os"
	"runtime"
	"sort"
	"strconv"
	"strings"
	"sync/atomic"
	_ "unsafe" // for go:linkname
)

// Nanotime is the monotonic clock of the runtime, which from Go 1.22 on also stamps the events of a trace.
//
//go:linkname Nanotime runtime.nanotime
func Nanotime() int64

// Op is a request in the making.
type Op struct {
	kind   string
	start  int64
	waited int64
	worker int64
}

type row struct {
	kind          string
	start, dur    int64
	planted, goid int64
}

// Rows are kept in arrays of a fixed size and claimed by an atomic counter: no lock that a request could wait for.
const most = 1 << 17

var (
	requests, spans         = make([]row, most), make([]row, most)
	requestCount, spanCount atomic.Int64
)

type key struct{}

// Start begins a request that is handled by this goroutine.
func Start(ctx context.Context, kind string) (context.Context, *Op) {
	op := &Op{kind: kind, worker: goid(), start: Nanotime()}
	return context.WithValue(ctx, key{}, op), op
}

// Taken says that another goroutine works on the request from here on.
func (op *Op) Taken() { op.worker = goid() }

// End ends a request.
func (op *Op) End() {
	end := Nanotime()
	keep(requests, &requestCount, row{op.kind, op.start, end - op.start, op.waited, op.worker})
}

// Waited adds to what the request waited for the planted thing.
func (op *Op) Waited(ns int64) { op.waited += ns }

// Age is how long ago the request began.
func (op *Op) Age() int64 { return Nanotime() - op.start }

// Waiting begins a wait for the planted thing in the request of ctx; calling what it returns ends it.
func Waiting(ctx context.Context) func() {
	op, _ := ctx.Value(key{}).(*Op)
	if op == nil {
		return func() {}
	}
	begin := Nanotime()
	return func() { op.waited += Nanotime() - begin }
}

// Of is the request of ctx.
func Of(ctx context.Context) *Op { return ctx.Value(key{}).(*Op) }

// Span begins a time in which this goroutine does what others wait for; calling what it returns ends it. One that has
// not ended when the run does counts until then.
func Span(name string) func() {
	span := keep(spans, &spanCount, row{name, Nanotime(), 0, 0, goid()})
	return func() { atomic.StoreInt64(&span.dur, Nanotime()-span.start) }
}

func keep(rows []row, count *atomic.Int64, r row) *row {
	at := min(count.Add(1), most) - 1
	rows[at] = r
	return &rows[at]
}

// spansUntil is the spans, those under way ended then.
func spansUntil(to int64) []row {
	all := append([]row(nil), spans[:min(spanCount.Load(), most)]...)
	for i := range all {
		if all[i].dur == 0 {
			all[i].dur = max(0, to-all[i].start)
		}
	}
	return all
}

// goid is the number of this goroutine, which a trace also uses.
func goid() int64 {
	var buffer [40]byte
	text := string(buffer[:runtime.Stack(buffer[:], false)])
	fields := strings.Fields(text)
	if len(fields) < 2 {
		return 0
	}
	id, _ := strconv.ParseInt(fields[1], 10, 64)
	return id
}

// Account is what the counters come to.
type Account struct {
	Requests  int     `json:"requests"`
	Slow      int     `json:"slow"`
	Typical   int64   `json:"typical_ns"`
	Threshold int64   `json:"threshold_ns"`
	Excess    int64   `json:"excess_ns"`
	Planted   int64   `json:"planted_ns"`
	Share     float64 `json:"share"`
}

// Close sums up the requests that both began and ended between the two times. With overlap, what a request waited
// for is the time of the spans that lie within it instead: for what a request cannot see itself, as a stopped world.
func Close(from, to int64, overlap bool) Account {
	kept := within(requests[:min(requestCount.Load(), most)], from, to)
	if overlap {
		merged := merge(spansUntil(to))
		for i := range kept {
			kept[i].planted = common(merged, kept[i].start, kept[i].start+kept[i].dur)
		}
	}
	result := Account{Requests: len(kept)}
	if len(kept) == 0 {
		return result
	}
	durations := each(kept, func(r row) int64 { return r.dur })
	result.Typical, result.Threshold = quantile(durations, 0.5), slowest(durations)
	typical, usual := map[string]int64{}, map[string]int64{}
	for kind, rows := range byKind(kept) {
		typical[kind] = quantile(each(rows, func(r row) int64 { return r.dur }), 0.5)
		usual[kind] = quantile(each(rows, func(r row) int64 { return r.planted }), 0.5)
	}
	for _, r := range kept {
		if r.dur >= result.Threshold && r.dur > 2*typical[r.kind] {
			result.Slow++
			result.Excess += r.dur - typical[r.kind]
			result.Planted += max(0, r.planted-usual[r.kind])
		}
	}
	if result.Excess > 0 {
		result.Share = float64(result.Planted) / float64(result.Excess)
	}
	return result
}

func each(rows []row, of func(row) int64) []int64 {
	values := make([]int64, len(rows))
	for i, r := range rows {
		values[i] = of(r)
	}
	return values
}

func byKind(rows []row) map[string][]row {
	kinds := map[string][]row{}
	for _, r := range rows {
		kinds[r.kind] = append(kinds[r.kind], r)
	}
	return kinds
}

func within(rows []row, from, to int64) []row {
	var kept []row
	for _, r := range rows {
		if r.start >= from && r.start+r.dur <= to {
			kept = append(kept, r)
		}
	}
	return kept
}

func merge(rows []row) []row {
	sorted := append([]row(nil), rows...)
	sort.Slice(sorted, func(a, b int) bool { return sorted[a].start < sorted[b].start })
	var merged []row
	for _, r := range sorted {
		last := len(merged) - 1
		if last >= 0 && r.start <= merged[last].start+merged[last].dur {
			if end := r.start + r.dur - merged[last].start; end > merged[last].dur {
				merged[last].dur = end
			}
			continue
		}
		merged = append(merged, r)
	}
	return merged
}

func common(merged []row, from, to int64) (sum int64) {
	for _, r := range merged {
		begin, end := r.start, r.start+r.dur
		if begin < from {
			begin = from
		}
		if end > to {
			end = to
		}
		if end > begin {
			sum += end - begin
		}
	}
	return sum
}

// slowest is where the slowest hundredth begins, or the slowest twenty where that are more.
func slowest(durations []int64) int64 {
	rank := max(20, (len(durations)+99)/100)
	sorted := append([]int64(nil), durations...)
	sort.Slice(sorted, func(a, b int) bool { return sorted[a] > sorted[b] })
	return sorted[min(rank, len(sorted))-1]
}

func quantile(values []int64, share float64) int64 {
	sorted := append([]int64(nil), values...)
	sort.Slice(sorted, func(a, b int) bool { return sorted[a] < sorted[b] })
	at := int(share*float64(len(sorted))+0.999999) - 1
	if at < 0 {
		at = 0
	}
	return sorted[at]
}

// WriteOperations writes the log that a service of this kind would keep.
func WriteOperations(path string, from, to int64) error {
	return write(path, "start_ns,dur_ns,kind", func(out *bufio.Writer) {
		for _, r := range within(requests[:min(requestCount.Load(), most)], from, to) {
			fmt.Fprintf(out, "%d,%d,%s\n", r.start, r.dur, r.kind)
		}
	})
}

// WriteCounters writes all that was counted: the requests with what they waited, and the spans in which others waited.
func WriteCounters(path string, from, to int64, overlap bool) error {
	all := spansUntil(to)
	kept := within(requests[:min(requestCount.Load(), most)], from, to)
	merged := merge(all)
	return write(path, "what,start_ns,dur_ns,kind,planted_ns,goroutine", func(out *bufio.Writer) {
		for _, r := range kept {
			if overlap {
				r.planted = common(merged, r.start, r.start+r.dur)
			}
			fmt.Fprintf(out, "request,%d,%d,%s,%d,%d\n", r.start, r.dur, r.kind, r.planted, r.goid)
		}
		for _, r := range within(all, from, to) {
			fmt.Fprintf(out, "span,%d,%d,%s,0,%d\n", r.start, r.dur, r.kind, r.goid)
		}
	})
}

func write(path, header string, rows func(*bufio.Writer)) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	out := bufio.NewWriter(file)
	fmt.Fprintf(out, "# clock=monotonic\n%s\n", header)
	rows(out)
	if err := out.Flush(); err != nil {
		return err
	}
	return file.Close()
}
