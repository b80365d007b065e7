// Command growth watches maps grow from inside: slots against keys, allocations per insert and overwrite, who shares a
// bucket, how long a chain gets, and how long each insert takes. It prints CSV; `growth WHAT`.
package main

import (
	"fmt"
	"os"
	"runtime"
	"time"
	"unsafe"
)

func main() {
	what := ""
	if len(os.Args) > 1 {
		what = os.Args[1]
	}
	switch what {
	case "slots":
		fmt.Println("value,keys,slots,tables")
		slots[uint64]("uint64", 4000)
		slots[[128]byte]("[128]byte", 4000)
		slots[[1024]byte]("[1024]byte", 4000)
	case "allocations":
		fmt.Println("value_bytes,value,action,operations,allocations,bytes")
		allocations[[16]byte]("[16]byte", 16)
		allocations[[64]byte]("[64]byte", 64)
		allocations[[127]byte]("[127]byte", 127)
		allocations[[128]byte]("[128]byte", 128)
		allocations[[129]byte]("[129]byte", 129)
		allocations[[256]byte]("[256]byte", 256)
		allocations[[1024]byte]("[1024]byte", 1024)
		allocations[*[1024]byte]("*[1024]byte", 8)
	case "sharing":
		sharing(20000)
	case "chain":
		chain()
	case "inserts":
		fmt.Println("value,insert,dur_ns")
		inserts[uint64]("uint64", 200_000)
		inserts[[128]byte]("[128]byte", 200_000)
		inserts[[1024]byte]("[1024]byte", 200_000)
	case "quantiles":
		fmt.Println("value,run,inserts,p50_ns,p99_ns,p999_ns,max_ns,worst_insert,total_ns")
		for run := 1; run <= 5; run++ {
			quantiles[uint64]("uint64", run, 1_000_000)
			quantiles[[128]byte]("[128]byte", run, 200_000)
			quantiles[[1024]byte]("[1024]byte", run, 200_000)
		}
	default:
		fmt.Fprintln(os.Stderr, "usage: growth slots|allocations|sharing|chain|inserts|quantiles")
		os.Exit(2)
	}
}

// slots prints a line whenever the room of a map changes.
func slots[V any](name string, keys int) {
	table := map[int]V{}
	var value V
	last := -1
	for key := 0; key < keys; key++ {
		table[key] = value
		room, tables := roomOf(*(*unsafe.Pointer)(unsafe.Pointer(&table)))
		if room != last {
			fmt.Printf("%s,%d,%d,%d\n", name, key+1, room, tables)
			last = room
		}
	}
}

// allocations counts what inserts into a map with room for them, and overwrites, take from the heap.
func allocations[V any](name string, size int) {
	const n = 10000
	table := make(map[int]V, n)
	var value V
	count := func(action string) {
		var before, after runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		for key := 0; key < n; key++ {
			table[key] = value
		}
		runtime.ReadMemStats(&after)
		fmt.Printf("%d,%s,%s,%d,%d,%d\n", size, name, action, n, after.Mallocs-before.Mallocs, after.TotalAlloc-before.TotalAlloc)
	}
	count("insert")
	count("overwrite")
	runtime.KeepAlive(table)
}

func timed[V any](n int) []int64 {
	table := map[int]V{}
	var value V
	took := make([]int64, n)
	runtime.GC()
	for i := range took {
		start := time.Now()
		table[i*7919] = value
		took[i] = int64(time.Since(start))
	}
	runtime.KeepAlive(table)
	return took
}

// inserts prints every insert above 5 us: the growth steps.
func inserts[V any](name string, n int) {
	for i, dur := range timed[V](n) {
		if dur > 5000 {
			fmt.Printf("%s,%d,%d\n", name, i+1, dur)
		}
	}
}
