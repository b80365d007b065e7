// Command malloc serves the article's handler and one with a struct over real HTTP to a client of its own, and then
// writes 1 KiB values into maps, under a CPU profile and an execution trace; it counts the allocations of both
// handlers and writes a heap profile.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"testing"
	"time"
)

// discard is a response that goes nowhere, so that only the handler's own allocations are counted.
type discard struct{ header http.Header }

func (d *discard) Header() http.Header             { return d.header }
func (d *discard) Write(bytes []byte) (int, error) { return len(bytes), nil }
func (d *discard) WriteHeader(int)                 {}

//go:noinline
func handleMap(w http.ResponseWriter, _ *http.Request) {
	answer := map[string]interface{}{"user": "alice", "score": 99}
	json.NewEncoder(w).Encode(answer)
}

type answer struct {
	User  string `json:"user"`
	Score int    `json:"score"`
}

//go:noinline
func handleStruct(w http.ResponseWriter, _ *http.Request) {
	json.NewEncoder(w).Encode(&answer{"alice", 99})
}

//go:noinline
func fillMaps(until time.Time) {
	for time.Now().Before(until) {
		table := map[int][1024]byte{}
		for key := 0; key < 2000; key++ {
			table[key] = [1024]byte{1}
		}
	}
}

func main() {
	out := flag.String("out", "", "beginning of the names of the files written")
	seconds := flag.Float64("seconds", 2, "length of each half")
	flag.Parse()
	runtime.MemProfileRate = 64 << 10

	w := &discard{header: http.Header{}}
	fmt.Println("handler,allocations_per_request")
	fmt.Printf("map,%.0f\n", testing.AllocsPerRun(2000, func() { handleMap(w, nil) }))
	fmt.Printf("struct,%.0f\n", testing.AllocsPerRun(2000, func() { handleStruct(w, nil) }))

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	check(err)
	mux := http.NewServeMux()
	mux.HandleFunc("/map", handleMap)
	mux.HandleFunc("/struct", handleStruct)
	go http.Serve(listener, mux)

	traceFile, cpuFile := create(*out+".trace"), create(*out+".cpu.pprof")
	check(pprof.StartCPUProfile(cpuFile))
	check(trace.Start(traceFile))
	half := time.Duration(*seconds * float64(time.Second))
	request("http://"+listener.Addr().String()+"/map", time.Now().Add(half))
	fillMaps(time.Now().Add(half))
	trace.Stop()
	pprof.StopCPUProfile()
	heapFile := create(*out + ".heap.pprof")
	check(pprof.Lookup("allocs").WriteTo(heapFile, 0))
}

func request(url string, until time.Time) {
	for time.Now().Before(until) {
		response, err := http.Get(url)
		check(err)
		io.Copy(io.Discard, response.Body)
		response.Body.Close()
	}
}

func create(path string) *os.File {
	file, err := os.Create(path)
	check(err)
	return file
}

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "malloc:", err)
		os.Exit(1)
	}
}
