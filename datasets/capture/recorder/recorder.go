// Package recorder keeps the last seconds of a program's execution trace, and writes them to disk when a request was
// slow: what lasted 300 ms is over before anyone can ask for a capture.
//
// It wraps runtime/trace.FlightRecorder (Go 1.25). Each capture is a folder that `tracebook diagnose FOLDER` reads:
//
//	go.trace          the last seconds, the slow request in them
//	operations.csv    every request of that time: start, duration, kind
//	goroutines.pprof  all goroutines, just after
//	gctrace.log       the runtime's own lines, where standard error is a file and GODEBUG=gctrace=1 is set
//	slow.json         the request that was slow, the threshold, and what else was slow meanwhile
//	dataset.json      provenance: build, versions, machine, the hash of each file
//
// Copy this one file into a program, or require the module. It needs the standard library alone.
//
//	rec, err := recorder.Start(recorder.Config{Dir: "captures", Threshold: 300 * time.Millisecond})
//	if err != nil { ... }
//	defer rec.Close()
//	http.ListenAndServe(addr, rec.Handler(mux))
//
// A request that is no HTTP request says when it begins and ends:
//
//	ctx, done := rec.Begin(ctx, "Shop.Reserve")
//	defer done()
package recorder

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math"
	"math/bits"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"runtime/pprof"
	"runtime/trace"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Config says what is slow and what a capture may cost. The zero value of a field is its default.
type Config struct {
	// Dir is where capture folders go; it is made. Required.
	Dir string
	// Threshold is how long a request takes that is worth a capture; 300 ms unless Quantile is given.
	Threshold time.Duration
	// Quantile, as 0.999, makes the threshold that quantile of the requests of the last minutes, and Threshold its lower
	// bound. Nothing is captured before there were enough requests to tell.
	Quantile float64
	// Keep is how much of the past a capture has at least, where MaxBytes allows; 5 s.
	Keep time.Duration
	// MaxBytes is about how much memory the trace of the past may take; 16 MiB.
	MaxBytes uint64
	// Every is the least time from one capture to the next; 1 min. What was slow meanwhile is counted in the next one.
	Every time.Duration
	// MaxDisk is how many bytes of captures Dir may hold: the oldest are removed for a new one; 1 GiB.
	MaxDisk int64
	// Service is the program's name in captures; its main package's path.
	Service string
	// NoTasks leaves out the trace task of each request. Without tasks a reader finds requests by their goroutines' time.
	NoTasks bool
	// OnCapture is told of each capture, or why there is none. It is called from one goroutine.
	OnCapture func(dir string, err error)
}

// Request is one that has ended.
type Request struct {
	Kind  string        `json:"kind"`
	Start time.Time     `json:"start"`
	Dur   time.Duration `json:"dur_ns"`
}

// Stats says what a recorder has done so far.
type Stats struct {
	// Slow counts requests over the threshold, Captures what was written, Failed what could not be.
	Slow, Captures, Failed int64
	// Skipped counts slow requests for which no capture was made, as one was made just before.
	Skipped int64
}

// Recorder is safe for use by many goroutines.
type Recorder struct {
	config Config
	flight *trace.FlightRecorder
	recent *ring
	usual  *histogram

	slow, captures, failed, skipped atomic.Int64
	// Nanoseconds since the start of the recorder at which the next capture may begin.
	notBefore atomic.Int64
	began     time.Time
	slowOnes  chan Request
	stop      chan struct{}
	stopOnce  sync.Once
	done      chan struct{}
	closeErr  error
}

const (
	captureSuffix = ".capture"
	partSuffix    = ".part"
	// How many ended requests are remembered for operations.csv.
	recentRequests = 1 << 16
	// How many requests a quantile is taken from at least.
	enough = 1000
)

// Start begins to record. There can be one flight recorder in a program; trace.Start and net/http/pprof go on beside it.
func Start(config Config) (*Recorder, error) {
	if config.Dir == "" {
		return nil, errors.New("recorder: Config.Dir is empty; name the folder that captures go to")
	}
	if config.Quantile < 0 || config.Quantile >= 1 || math.IsNaN(config.Quantile) {
		return nil, fmt.Errorf("recorder: Config.Quantile is %v; it is a share below 1, as 0.999", config.Quantile)
	}
	if config.Threshold <= 0 && config.Quantile == 0 {
		config.Threshold = 300 * time.Millisecond
	}
	setDefault(&config.Keep, 5*time.Second)
	setDefault(&config.MaxBytes, 16<<20)
	setDefault(&config.Every, time.Minute)
	setDefault(&config.MaxDisk, 1<<30)
	if config.Service == "" {
		if info, ok := debug.ReadBuildInfo(); ok {
			config.Service = info.Path
		}
	}
	if err := os.MkdirAll(config.Dir, 0o755); err != nil {
		return nil, fmt.Errorf("recorder: %w", err)
	}
	dropAbandoned(config.Dir)
	flight := trace.NewFlightRecorder(trace.FlightRecorderConfig{MinAge: config.Keep, MaxBytes: config.MaxBytes})
	if err := flight.Start(); err != nil {
		return nil, fmt.Errorf("recorder: %w", err)
	}
	r := &Recorder{
		config: config, flight: flight, recent: newRing(recentRequests), usual: newHistogram(),
		began: time.Now(), slowOnes: make(chan Request, 64), stop: make(chan struct{}), done: make(chan struct{}),
	}
	go r.write()
	return r, nil
}

func setDefault[T int64 | uint64 | time.Duration](field *T, value T) {
	if *field <= 0 {
		*field = value
	}
}

// Close writes what was asked for before, and stops recording. Requests that end later are not seen.
func (r *Recorder) Close() error {
	r.stopOnce.Do(func() { close(r.stop) })
	<-r.done
	return r.closeErr
}

// Stats says what was done so far.
func (r *Recorder) Stats() Stats {
	return Stats{Slow: r.slow.Load(), Captures: r.captures.Load(), Failed: r.failed.Load(), Skipped: r.skipped.Load()}
}

// Handler records every request of an HTTP handler. Its kind is the pattern that http.ServeMux matches, else the method.
func (r *Recorder) Handler(next http.Handler) http.Handler {
	mux, _ := next.(*http.ServeMux)
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		kind := ""
		if mux != nil {
			_, kind = mux.Handler(q)
		}
		if kind == "" {
			kind = q.Method
		}
		ctx, done := r.Begin(q.Context(), kind)
		// Also when the handler panics: that request has ended too.
		defer done()
		next.ServeHTTP(w, q.WithContext(ctx))
	})
}

// Begin records a request that is no HTTP request: call done when it ends. In a gRPC server's interceptor:
//
//	ctx, done := rec.Begin(ctx, info.FullMethod)
//	defer done()
//	return handler(ctx, req)
func (r *Recorder) Begin(ctx context.Context, kind string) (_ context.Context, done func()) {
	start := time.Now()
	end := func() {}
	if !r.config.NoTasks && trace.IsEnabled() {
		var task *trace.Task
		ctx, task = trace.NewTask(ctx, kind)
		end = task.End
	}
	var once sync.Once
	return ctx, func() {
		once.Do(func() {
			end()
			r.Observe(kind, start, time.Since(start))
		})
	}
}

// Observe records a request that has ended. It never waits for a capture.
func (r *Recorder) Observe(kind string, start time.Time, dur time.Duration) {
	request := Request{Kind: kind, Start: start, Dur: dur}
	r.recent.add(request)
	threshold := r.threshold()
	if r.config.Quantile > 0 {
		r.usual.add(dur)
	}
	if dur < threshold {
		return
	}
	r.slow.Add(1)
	if int64(time.Since(r.began)) < r.notBefore.Load() {
		r.skipped.Add(1)
		return
	}
	select {
	case r.slowOnes <- request:
	default:
		r.skipped.Add(1)
	}
}

// threshold is what counts as slow now.
func (r *Recorder) threshold() time.Duration {
	if r.config.Quantile == 0 {
		return r.config.Threshold
	}
	return max(r.config.Threshold, r.usual.quantile(r.config.Quantile))
}

// write makes captures, one at a time, until the recorder is closed.
func (r *Recorder) write() {
	defer close(r.done)
	defer r.flight.Stop()
	for {
		select {
		case request := <-r.slowOnes:
			r.capture(request)
		case <-r.stop:
			// One that was slow just before is not lost.
			select {
			case request := <-r.slowOnes:
				r.capture(request)
			default:
			}
			return
		}
	}
}

func (r *Recorder) capture(request Request) {
	threshold := r.threshold()
	also := drain(r.slowOnes)
	r.skipped.Add(int64(len(also)))
	// The next interval begins when this capture does, so that captures come as often as was asked for.
	r.notBefore.Store(int64(time.Since(r.began) + r.config.Every))
	dir, err := r.writeFolder(request, also, threshold)
	if err != nil {
		r.failed.Add(1)
		r.closeErr = errors.Join(r.closeErr, err)
	} else {
		r.captures.Add(1)
	}
	if r.config.OnCapture != nil {
		r.config.OnCapture(dir, err)
	}
}

func drain(slowOnes <-chan Request) []Request {
	var also []Request
	for {
		select {
		case request := <-slowOnes:
			also = append(also, request)
		default:
			return also
		}
	}
}

// writeFolder writes a capture beside where it will stand, and renames it when it is whole.
func (r *Recorder) writeFolder(request Request, also []Request, threshold time.Duration) (dir string, err error) {
	now := time.Now()
	name := now.UTC().Format("20060102T150405.000Z") + "-" + fileName(request.Kind)
	part, err := os.MkdirTemp(r.config.Dir, name+"-*"+partSuffix)
	if err != nil {
		return "", fmt.Errorf("recorder: %w", err)
	}
	defer func() {
		if err != nil {
			err = fmt.Errorf("recorder: %w", errors.Join(err, os.RemoveAll(part)))
		}
	}()
	set := &folder{dir: part}
	// The trace first: the past moves on.
	set.add("go.trace", "trace", "the last seconds before the capture", func(w io.Writer) error {
		_, err := r.flight.WriteTo(w)
		return err
	})
	set.add("goroutines.pprof", "goroutines", "all goroutines, just after the trace", func(w io.Writer) error {
		return pprof.Lookup("goroutine").WriteTo(w, 0)
	})
	since := now.Add(-max(2*r.config.Keep, time.Since(request.Start)+r.config.Keep))
	set.add("operations.csv", "operations", "requests that ended in that time", func(w io.Writer) error {
		return writeOperations(w, r.recent.since(since))
	})
	if path, ok := standardError(); ok && strings.Contains(os.Getenv("GODEBUG"), "gctrace=1") {
		set.add("gctrace.log", "gctrace", "last lines of standard error", func(w io.Writer) error {
			return copyTail(w, path, 256<<10)
		})
	}
	set.addJSON("slow.json", "request", "the request, and others that were slow meanwhile", map[string]any{
		"request": request, "threshold_ns": threshold, "quantile": r.config.Quantile, "also": also, "stats": r.Stats(),
	})
	set.addJSON("dataset.json", "", "", provenance(r.config, now, set.files))
	if set.err != nil {
		return "", set.err
	}
	if err := makeRoom(r.config.Dir, r.config.MaxDisk, set.bytes); err != nil {
		return "", err
	}
	dir = strings.TrimSuffix(part, partSuffix) + captureSuffix
	if err := os.Rename(part, dir); err != nil {
		return "", err
	}
	return dir, syncDir(r.config.Dir)
}

// folder collects the files of a capture; after a failure it does nothing more.
type folder struct {
	dir   string
	files []map[string]any
	bytes int64
	err   error
}

func (f *folder) add(name, role, about string, write func(io.Writer) error) {
	if f.err != nil {
		return
	}
	size, sum, err := writeFile(filepath.Join(f.dir, name), write)
	if err != nil {
		f.err = fmt.Errorf("%s: %w", name, err)
		return
	}
	f.bytes += size
	f.files = append(f.files, map[string]any{
		"file": name, "role": role, "go": strings.TrimPrefix(runtime.Version(), "go"), "about": about,
		"command": filepath.Base(os.Args[0]), "bytes": size, "sha256": sum,
	})
}

func (f *folder) addJSON(name, role, about string, value any) {
	f.add(name, role, about, func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetIndent("", " ")
		return encoder.Encode(value)
	})
}

// writeFile writes a file and has it reach the disk.
func writeFile(path string, write func(io.Writer) error) (size int64, sum string, err error) {
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o644)
	if err != nil {
		return 0, "", err
	}
	defer func() { err = errors.Join(err, file.Close()) }()
	hash := sha256.New()
	counted := &counter{w: io.MultiWriter(file, hash)}
	buffered := bufio.NewWriterSize(counted, 1<<20)
	if err := write(buffered); err != nil {
		return 0, "", err
	}
	if err := buffered.Flush(); err != nil {
		return 0, "", err
	}
	return counted.n, hex.EncodeToString(hash.Sum(nil)), file.Sync()
}

type counter struct {
	w io.Writer
	n int64
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	// Not every file system can do this with a folder; the files themselves are safe.
	_ = d.Sync()
	return nil
}

// provenance is the capture's dataset.json. It names no host.
func provenance(config Config, now time.Time, files []map[string]any) map[string]any {
	about := map[string]any{
		"name":     config.Service,
		"about":    "written by the recorder when a request was slow",
		"chapters": []string{},
		"licence":  "",
		"make":     "",
		"program":  []string{},
		"commit":   "",
		"date":     now.UTC().Format(time.RFC3339Nano),
		"machine": map[string]any{
			"os": runtime.GOOS, "arch": runtime.GOARCH, "cores": runtime.NumCPU(), "gomaxprocs": runtime.GOMAXPROCS(0),
		},
		"files": files,
	}
	build := map[string]string{"go": runtime.Version()}
	if info, ok := debug.ReadBuildInfo(); ok {
		build["path"], build["version"] = info.Path, info.Main.Version
		for _, setting := range info.Settings {
			if setting.Key == "vcs.revision" {
				about["commit"] = setting.Value
			}
			if strings.HasPrefix(setting.Key, "vcs") || setting.Key == "-race" || strings.HasPrefix(setting.Key, "GO") {
				build[setting.Key] = setting.Value
			}
		}
	}
	about["build"] = build
	about["keep_ns"], about["max_bytes"] = config.Keep, config.MaxBytes
	return about
}

// writeOperations writes requests as an operations log.
func writeOperations(w io.Writer, requests []Request) error {
	if _, err := io.WriteString(w, "# clock=unix\n"); err != nil {
		return err
	}
	out := csv.NewWriter(w)
	rows := [][]string{{"start_ns", "dur_ns", "kind"}}
	for _, request := range requests {
		start, dur := request.Start.UnixNano(), int64(request.Dur)
		rows = append(rows, []string{strconv.FormatInt(start, 10), strconv.FormatInt(dur, 10), request.Kind})
	}
	return out.WriteAll(rows)
}

// standardError is the file that standard error goes to, where it goes to one.
func standardError() (path string, ok bool) {
	info, err := os.Stderr.Stat()
	if err != nil || !info.Mode().IsRegular() {
		return "", false
	}
	path, err = os.Readlink("/proc/self/fd/2")
	return path, err == nil
}

// copyTail copies the last whole lines of a file.
func copyTail(w io.Writer, path string, limit int64) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	start := max(0, info.Size()-limit)
	tail, err := io.ReadAll(io.NewSectionReader(file, start, info.Size()-start))
	if err != nil {
		return err
	}
	if start > 0 {
		tail = tail[bytes.IndexByte(tail, '\n')+1:]
	}
	// A line that is being written is not whole.
	tail = tail[:bytes.LastIndexByte(tail, '\n')+1]
	_, err = w.Write(tail)
	return err
}

// makeRoom removes the oldest captures until there is room for one more.
func makeRoom(dir string, limit, need int64) error {
	if need > limit {
		return fmt.Errorf("a capture of %d bytes is larger than Config.MaxDisk, %d; nothing was kept", need, limit)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	var names []string
	sizes := map[string]int64{}
	total := need
	for _, entry := range entries {
		if entry.IsDir() && strings.HasSuffix(entry.Name(), captureSuffix) {
			size := folderBytes(filepath.Join(dir, entry.Name()))
			names = append(names, entry.Name())
			sizes[entry.Name()] = size
			total += size
		}
	}
	// Their names begin with their time.
	slices.Sort(names)
	for _, name := range names {
		if total <= limit {
			break
		}
		if err := os.RemoveAll(filepath.Join(dir, name)); err != nil {
			return err
		}
		total -= sizes[name]
	}
	return nil
}

func folderBytes(dir string) (total int64) {
	_ = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return nil
		}
		if info, err := entry.Info(); err == nil {
			total += info.Size()
		}
		return nil
	})
	return total
}

// dropAbandoned removes what a program that died left half-written. A capture takes seconds, so an hour is enough to
// know it from one that another program is writing.
func dropAbandoned(dir string) {
	parts, _ := filepath.Glob(filepath.Join(dir, "*"+partSuffix))
	for _, part := range parts {
		if info, err := os.Stat(part); err == nil && time.Since(info.ModTime()) > time.Hour {
			_ = os.RemoveAll(part)
		}
	}
}

// fileName is a kind as part of a file's name.
func fileName(kind string) string {
	safe := strings.Map(func(c rune) rune {
		switch {
		case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9', c == '.', c == '-':
			return c
		}
		return '_'
	}, kind)
	return safe[:min(len(safe), 60)]
}

// ring remembers the last requests.
type ring struct {
	mutex sync.Mutex
	slots []Request
	next  int
}

func newRing(size int) *ring { return &ring{slots: make([]Request, size)} }

func (r *ring) add(request Request) {
	r.mutex.Lock()
	r.slots[r.next%len(r.slots)] = request
	r.next++
	r.mutex.Unlock()
}

// since is what ended at that time or later, by start.
func (r *ring) since(from time.Time) []Request {
	r.mutex.Lock()
	kept := slices.Clone(r.slots[:min(r.next, len(r.slots))])
	r.mutex.Unlock()
	kept = slices.DeleteFunc(kept, func(q Request) bool { return q.Start.Add(q.Dur).Before(from) })
	slices.SortFunc(kept, func(a, b Request) int { return a.Start.Compare(b.Start) })
	return kept
}

// histogram counts durations of the last five minutes by size, in steps of an eighth of a power of two: a quantile is at most
// that much too large.
type histogram struct {
	minutes [5]struct {
		minute atomic.Int64
		counts [64 * 8]atomic.Uint32
	}
	began time.Time
	// The quantile as it was a moment ago: it is asked for at each request.
	asked  atomic.Int64
	latest atomic.Int64
}

func newHistogram() *histogram {
	h := &histogram{began: time.Now()}
	for i := range h.minutes {
		h.minutes[i].minute.Store(int64(i))
	}
	h.asked.Store(math.MinInt64 / 2)
	return h
}

func (h *histogram) add(dur time.Duration) {
	minute := int64(time.Since(h.began) / time.Minute)
	slot := &h.minutes[minute%int64(len(h.minutes))]
	if was := slot.minute.Load(); was != minute && slot.minute.CompareAndSwap(was, minute) {
		for i := range slot.counts {
			slot.counts[i].Store(0)
		}
	}
	slot.counts[bucket(dur)].Add(1)
}

// bucket is the place of a duration: its highest bit and the three below it.
func bucket(dur time.Duration) int {
	ns := uint64(max(dur, 1))
	high := bits.Len64(ns) - 1
	if high < 3 {
		return int(ns)
	}
	return high*8 + int(ns>>(high-3))&7
}

// upper is the least duration beyond a bucket.
func upper(at int) time.Duration {
	if at < 24 {
		return time.Duration(at + 1)
	}
	return time.Duration((uint64(at%8) + 9) << (at/8 - 3))
}

// quantile of the last minutes, taken anew each second; so long that nothing is slow until there are enough requests.
func (h *histogram) quantile(q float64) time.Duration {
	now := int64(time.Since(h.began))
	asked := h.asked.Load()
	if now-asked < int64(time.Second) || !h.asked.CompareAndSwap(asked, now) {
		if latest := h.latest.Load(); latest > 0 {
			return time.Duration(latest)
		}
		return math.MaxInt64
	}
	minute := now / int64(time.Minute)
	var counts [64 * 8]uint64
	var total uint64
	for i := range h.minutes {
		if minute-h.minutes[i].minute.Load() >= int64(len(h.minutes)) {
			continue
		}
		for at := range counts {
			n := uint64(h.minutes[i].counts[at].Load())
			counts[at] += n
			total += n
		}
	}
	latest := time.Duration(math.MaxInt64)
	if total >= enough {
		// By nearest rank.
		rank := uint64(math.Ceil(q * float64(total)))
		for at, n := range counts {
			if rank <= n {
				latest = upper(at)
				break
			}
			rank -= n
		}
	}
	h.latest.Store(int64(latest))
	return latest
}
