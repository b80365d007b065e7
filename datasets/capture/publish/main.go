// Command publish looks at the write-up's way of publishing a buffer to readers, unsafe.Slice and an atomic pointer,
// beside storing the slice as it is. `publish WHAT`; built with -race, `publish reuse` shows what a reused buffer does.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"unsafe"
)

var published atomic.Pointer[[]byte]

// publishUnsafe is what the write-up does, with a line between making the slice and storing it.
func publishUnsafe(data []byte) {
	slice := unsafe.Slice(&data[0], len(data))
	published.Store((*[]byte)(unsafe.Pointer(&slice)))
}

func publishPlain(data []byte) { published.Store(&data) }

func main() {
	what := ""
	if len(os.Args) > 1 {
		what = os.Args[1]
	}
	switch what {
	case "allocations":
		fmt.Println("how,calls,allocations,bytes,capacity_kept,empty")
		report("unsafe.Slice", publishUnsafe)
		report("plain", publishPlain)
	case "lifetime":
		lifetime()
	case "reuse":
		reuse()
	default:
		fmt.Fprintln(os.Stderr, "usage: publish allocations|lifetime|reuse")
		os.Exit(2)
	}
}

func report(name string, publish func([]byte)) {
	const calls = 100000
	data := make([]byte, 1024)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	for i := 0; i < calls; i++ {
		publish(data)
	}
	runtime.ReadMemStats(&after)
	publish(make([]byte, 2, 64))
	kept := cap(*published.Load()) == 64
	fmt.Printf("%s,%d,%d,%d,%t,%s\n", name, calls, after.Mallocs-before.Mallocs, after.TotalAlloc-before.TotalAlloc, kept, empty(publish))
}

func empty(publish func([]byte)) (outcome string) {
	defer func() {
		if recover() != nil {
			outcome = "panics"
		}
	}()
	publish(nil)
	return "works"
}

// lifetime publishes buffers that nothing else holds, without runtime.KeepAlive, collects and allocates over and over,
// and counts the published buffers that have changed.
func lifetime() {
	const buffers, collections = 100, 20
	changed := 0
	for i := 0; i < buffers; i++ {
		publishUnsafe(filled(byte(i)))
		for j := 0; j < collections; j++ {
			runtime.GC()
			filled(0xFF)
		}
		for _, b := range *published.Load() {
			if b != byte(i) {
				changed++
				break
			}
		}
	}
	fmt.Printf("buffers,collections_each,changed\n%d,%d,%d\n", buffers, collections, changed)
}

func filled(b byte) []byte {
	data := make([]byte, 1024)
	for i := range data {
		data[i] = b
	}
	return data
}

// reuse is a producer that fills its buffer again after publishing it, as one that takes buffers from a pool does.
// Another goroutine reads what is published until the producer ends.
func reuse() {
	buffer := filled(0)
	publishUnsafe(buffer)
	var stopped atomic.Bool
	reads, torn := 0, 0
	var wait sync.WaitGroup
	wait.Add(1)
	go func() {
		defer wait.Done()
		for ; !stopped.Load(); reads++ {
			data := *published.Load()
			if data[0] != data[len(data)-1] {
				torn++
			}
			runtime.Gosched()
		}
	}()
	for i := 0; i < 200000; i++ {
		for j := range buffer {
			buffer[j] = byte(i)
		}
		publishUnsafe(buffer)
		if i%16 == 0 {
			runtime.Gosched()
		}
	}
	stopped.Store(true)
	wait.Wait()
	fmt.Printf("reads,torn\n%d,%d\n", reads, torn)
}
