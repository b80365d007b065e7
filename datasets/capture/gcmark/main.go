// Command gcmark fills a map with values of one type, then collects again and again, for gctrace to report what
// marking it takes. At the end it prints what the runtime says there is to scan; it can write profiles of the time.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/metrics"
	"runtime/pprof"
	"time"
)

type small struct{ a, b int }

var root any

func build[V any](n int, make1 func() V) {
	table := make(map[int]V, n)
	for key := 0; key < n; key++ {
		table[key] = make1()
	}
	root = table
}

var builders = map[string]func(n int){
	"none":        func(int) {},
	"int":         func(n int) { build(n, func() int { return 1 }) },
	"*struct{}":   func(n int) { build(n, func() *struct{} { return new(struct{}) }) },
	"*small":      func(n int) { build(n, func() *small { return new(small) }) },
	"[16]byte":    func(n int) { build(n, func() [16]byte { return [16]byte{} }) },
	"[128]byte":   func(n int) { build(n, func() [128]byte { return [128]byte{} }) },
	"[1024]byte":  func(n int) { build(n, func() [1024]byte { return [1024]byte{} }) },
	"*[1024]byte": func(n int) { build(n, func() *[1024]byte { return new([1024]byte) }) },
	"[]byte":      func(n int) { build(n, func() []byte { return make([]byte, 1024) }) },
	"[128]*int":   func(n int) { build(n, func() (a [128]*int) { fill(a[:], 1); return }) },
	"[1024]*int":  func(n int) { build(n, func() (a [1024]*int) { fill(a[:], 8); return }) },
}

func fill(pointers []*int, every int) {
	for i := 0; i < len(pointers); i += every {
		pointers[i] = new(int)
	}
}

func main() {
	value := flag.String("value", "none", "type of the map's values")
	entries := flag.Int("entries", 10000, "entries of the map")
	collections := flag.Int("collections", 30, "forced collections")
	cpuPath := flag.String("cpu", "", "where a CPU profile of the collections goes")
	heapPath := flag.String("heap", "", "where a heap profile goes")
	flag.Parse()
	builders[*value](*entries)
	if *cpuPath != "" {
		file, _ := os.Create(*cpuPath)
		if err := pprof.StartCPUProfile(file); err != nil {
			panic(err)
		}
		defer file.Close()
		defer pprof.StopCPUProfile()
	}
	for i := 0; i < *collections; i++ {
		runtime.GC()
		time.Sleep(2 * time.Millisecond)
	}
	if *heapPath != "" {
		file, _ := os.Create(*heapPath)
		if err := pprof.Lookup("heap").WriteTo(file, 0); err != nil {
			panic(err)
		}
		file.Close()
	}
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	samples := []metrics.Sample{{Name: "/gc/scan/heap:bytes"}, {Name: "/gc/heap/objects:objects"}}
	metrics.Read(samples)
	fmt.Printf("%s,%d,%d,%d,%d\n", *value, *entries, number(samples[0]), stats.HeapAlloc, number(samples[1]))
	runtime.KeepAlive(root)
}

func number(sample metrics.Sample) uint64 {
	if sample.Value.Kind() != metrics.KindUint64 {
		return 0
	}
	return sample.Value.Uint64()
}
