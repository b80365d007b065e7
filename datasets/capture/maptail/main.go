// Command maptail times every operation of chapter 2.5's three maps, and says what each holds of the heap after a
// collection. CSV: quantiles by nearest rank. With -race it reads and writes a map of pointers from two goroutines
// without a lock, as the article says one may.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sort"
	"sync"
	"time"
)

const keys, operations = 10000, 300000

type value = [1024]byte

func main() {
	if len(os.Args) > 1 && os.Args[1] == "-race" {
		race()
		return
	}
	fmt.Println("map,round,heap_bytes,operations,p50_ns,p99_ns,p999_ns,max_ns")
	for round := 0; round < 5; round++ {
		before := heap()
		values := map[int]value{}
		measure("value", round, before, func(key int, out *value) { *out = values[key] }, func(key int, v *value) { values[key] = *v })
		runtime.KeepAlive(values)
		values = nil
		before = heap()
		pointers := map[int]*value{}
		measure("pointer to copy", round, before, func(key int, out *value) { *out = *pointers[key] }, func(key int, v *value) { fresh := *v; pointers[key] = &fresh })
		runtime.KeepAlive(pointers)
		pointers = nil
		before = heap()
		table := new(sync.Map)
		measure("sync.Map", round, before, func(key int, out *value) { found, _ := table.Load(key); *out = *found.(*value) }, func(key int, v *value) { fresh := *v; table.Store(key, &fresh) })
		runtime.KeepAlive(table)
	}
}

func measure(name string, round int, before int64, get, put func(key int, v *value)) {
	in, out := new(value), new(value)
	for key := 0; key < keys; key++ {
		put(key, in)
	}
	held := heap() - before
	took := make([]int64, operations)
	random := uint64(88172645463325252)
	for i := range took {
		random ^= random << 13
		random ^= random >> 7
		random ^= random << 17
		key := int(random % keys)
		start := time.Now()
		if (random>>40)%10 < 3 {
			put(key, in)
		} else {
			get(key, out)
		}
		took[i] = int64(time.Since(start))
	}
	sort.Slice(took, func(a, b int) bool { return took[a] < took[b] })
	rank := func(permille int) int64 { return took[(operations*permille+999)/1000-1] }
	fmt.Printf("%s,%d,%d,%d,%d,%d,%d,%d\n", name, round, held, operations, rank(500), rank(990), rank(999), rank(1000))
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

func race() {
	table := map[int]*value{}
	for key := 0; key < 1000; key++ {
		table[key] = new(value)
	}
	go func() {
		for key := 0; ; key++ {
			table[key%1000] = new(value)
		}
	}()
	go func() {
		for key := 0; ; key++ {
			_ = table[key%1000]
		}
	}()
	time.Sleep(5 * time.Second)
	fmt.Println("survived 5 s")
}
