// Command spikes writes 1 KiB array values into maps at a steady rate while the garbage collector is kept busy,
// and logs every write on the clock that the execution trace runs on.
//
// Writers are open loop: write i of a writer is due at start + i*interval whatever became of the writes before it,
// so a delayed writer owes the delayed writes and their wait is counted. Every writer owns its map; no lock is shared.
// Two lines are logged for each write: "write" from the moment the assignment began, and "request" from the moment it
// was due; both end when the assignment is done. The trace notes the same clock at its beginning and end, for releases
// whose traces run on another.
package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/trace"
	"strconv"
	"sync"
	"time"
	_ "unsafe" // for go:linkname
)

// nanotime is the monotonic clock of the runtime, which also stamps the events of the trace.
//
//go:linkname nanotime runtime.nanotime
func nanotime() int64

type operation struct{ due, start, end int64 }

// order is what the heap of a service is full of: small objects that point at each other.
type order struct {
	next  *order
	lines []*int
}

func main() {
	writers := flag.Int("writers", 2, "goroutines that write")
	rate := flag.Int("rate", 5000, "writes per second and writer")
	seconds := flag.Int("seconds", 12, "how long")
	keys := flag.Int("keys", 10000, "keys per writer")
	orders := flag.Int("orders", 60000, "live orders, which the collector must mark")
	garbage := flag.Int("garbage-mb", 160, "MB allocated per second by request handling")
	tracePath := flag.String("trace", "", "where the execution trace goes")
	logPath := flag.String("operations", "", "where the gzipped operations log goes")
	flag.Parse()

	live := makeOrders(*orders)
	tables := make([]map[int][1024]byte, *writers)
	for i := range tables {
		tables[i] = fill(*keys)
	}
	runtime.GC()

	traceFile := create(*tracePath)
	if err := trace.Start(traceFile); err != nil {
		fail(err)
	}
	noteClock()
	stop := make(chan struct{})
	go handleRequests(*garbage, stop)

	logs := make([][]operation, *writers)
	var wait sync.WaitGroup
	for i := range tables {
		logs[i] = make([]operation, 0, *rate**seconds)
		wait.Add(1)
		go func(i int) {
			defer wait.Done()
			logs[i] = write(tables[i], logs[i], *rate, uint64(i+1))
		}(i)
	}
	wait.Wait()
	close(stop)
	noteClock()
	trace.Stop()
	traceFile.Close()
	writeLog(*logPath, logs)
	runtime.KeepAlive(live)
}

// noteClock leaves the monotonic clock's time in the trace.
func noteClock() { trace.Log(context.Background(), "nanotime", strconv.FormatInt(nanotime(), 10)) }

func makeOrders(n int) *order {
	var head *order
	for i := 0; i < n; i++ {
		head = &order{next: head, lines: make([]*int, 16)}
		for j := range head.lines {
			head.lines[j] = new(int)
		}
	}
	return head
}

func fill(keys int) map[int][1024]byte {
	table := make(map[int][1024]byte)
	for key := 0; key < keys; key++ {
		table[key] = [1024]byte{}
	}
	return table
}

// write does the writes that are due, then sleeps until the next millisecond's.
func write(table map[int][1024]byte, log []operation, rate int, seed uint64) []operation {
	interval := int64(time.Second) / int64(rate)
	random := seed * 0x9E3779B97F4A7C15
	var value [1024]byte
	begin := nanotime() + int64(50*time.Millisecond)
	for len(log) < cap(log) {
		if ahead := begin + int64(len(log))*interval - nanotime(); ahead > 0 {
			time.Sleep(time.Duration(ahead) + time.Millisecond)
		}
		for len(log) < cap(log) {
			due := begin + int64(len(log))*interval
			start := nanotime()
			if due > start {
				break
			}
			random ^= random << 13
			random ^= random >> 7
			random ^= random << 17
			value[0] = byte(random)
			table[int(random%uint64(len(table)))] = value
			log = append(log, operation{due, start, nanotime()})
		}
	}
	return log
}

// handleRequests allocates what request handling would: short-lived buffers of a few KiB, the last 64 kept.
func handleRequests(megabytesPerSecond int, stop <-chan struct{}) {
	var recent [64][]byte
	ticker := time.NewTicker(time.Millisecond)
	defer ticker.Stop()
	perTick := megabytesPerSecond * 1_000_000 / 1000 / 4096
	for n := 0; ; {
		select {
		case <-stop:
			return
		case <-ticker.C:
			for i := 0; i < perTick; i++ {
				recent[n%len(recent)] = make([]byte, 4096)
				n++
			}
		}
	}
}

func writeLog(path string, logs [][]operation) {
	file := create(path)
	packed, _ := gzip.NewWriterLevel(file, gzip.BestCompression)
	out := bufio.NewWriter(packed)
	fmt.Fprintln(out, "# clock=monotonic")
	fmt.Fprintln(out, "start_ns,dur_ns,kind")
	for _, log := range logs {
		for _, op := range log {
			fmt.Fprintf(out, "%d,%d,write\n%d,%d,request\n", op.start, op.end-op.start, op.due, op.end-op.due)
		}
	}
	if err := out.Flush(); err != nil {
		fail(err)
	}
	packed.Close()
	file.Close()
}

func create(path string) *os.File {
	file, err := os.Create(path)
	if err != nil {
		fail(err)
	}
	return file
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "spikes:", err)
	os.Exit(1)
}
