// Command syncmap looks at what sync.Map does when it promotes, when a new key comes after a promotion, and when keys
// are deleted. `syncmap WHAT`; CSV goes to standard output.
package main

import (
	"flag"
	"fmt"
	"os"
	"runtime"
	"runtime/pprof"
	"runtime/trace"
	"sync"
	"time"
)

func main() {
	tracePath := flag.String("trace", "", "where promote's execution trace goes")
	cpuPath := flag.String("cpu", "", "where misses' CPU profile goes")
	flag.Parse()
	switch flag.Arg(0) {
	case "promote":
		promote(*tracePath)
	case "first-store":
		firstStore()
	case "deletes":
		deletes()
	case "misses":
		misses(*cpuPath)
	default:
		fmt.Fprintln(os.Stderr, "usage: syncmap promote|first-store|deletes|misses")
		os.Exit(2)
	}
}

// promote makes fifty promotions by missing often enough, under trace, and counts goroutines.
func promote(path string) {
	file, err := os.Create(path)
	if err != nil {
		panic(err)
	}
	defer file.Close()
	if err := trace.Start(file); err != nil {
		panic(err)
	}
	var table sync.Map
	most := 0
	fmt.Println("round,keys,goroutines_before,goroutines_most")
	for round := 0; round < 50; round++ {
		before := runtime.NumGoroutine()
		for key := 0; key < 200; key++ {
			table.Store(round*200+key, key)
		}
		for miss := 0; miss < (round+1)*200+10; miss++ {
			table.Load(-1 - miss)
			if n := runtime.NumGoroutine(); n > most {
				most = n
			}
		}
		fmt.Printf("%d,%d,%d,%d\n", round, (round+1)*200, before, most)
	}
	trace.Stop()
}

// firstStore times the first Store of a new key after a promotion, the second, and the overwrite of a key, by size.
func firstStore() {
	fmt.Println("keys,round,first_ns,second_ns,overwrite_ns")
	for _, keys := range []int{1000, 3000, 10000, 30000, 100000, 300000, 1000000} {
		for round := 0; round < 5; round++ {
			var table sync.Map
			for key := 0; key < keys; key++ {
				table.Store(key, key)
			}
			table.Range(func(any, any) bool { return false }) // promotes
			runtime.GC()
			first := timed(func() { table.Store(-1, 0) })
			second := timed(func() { table.Store(-2, 0) })
			overwrite := timed(func() { table.Store(5, 5) })
			fmt.Printf("%d,%d,%d,%d,%d\n", keys, round, first, second, overwrite)
		}
	}
}

func timed(work func()) time.Duration {
	start := time.Now()
	work()
	return time.Since(start)
}

// deletes says what stays on the heap of 300000 keys after all are deleted, in a sync.Map and in a plain map.
func deletes() {
	const keys = 300000
	name := func(i int) string { return fmt.Sprintf("session-%024d", i) }
	fmt.Println("map,keys,full_bytes,after_deletes_bytes")
	before := heap()
	var table sync.Map
	for i := 0; i < keys; i++ {
		table.Store(name(i), new([64]byte))
	}
	table.Range(func(any, any) bool { return false })
	full := heap()
	for i := 0; i < keys; i++ {
		table.Delete(name(i))
	}
	fmt.Printf("sync.Map,%d,%d,%d\n", keys, full-before, heap()-before)
	table.Range(func(any, any) bool { return true })
	runtime.KeepAlive(&table)

	before = heap()
	plain := map[string]*[64]byte{}
	for i := 0; i < keys; i++ {
		plain[name(i)] = new([64]byte)
	}
	full = heap()
	for i := 0; i < keys; i++ {
		delete(plain, name(i))
	}
	fmt.Printf("map,%d,%d,%d\n", keys, full-before, heap()-before)
	runtime.KeepAlive(plain)
}

func heap() int64 {
	runtime.GC()
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}

// misses loads keys that are not there from four goroutines, while a fifth keeps the map amended with new keys, and
// profiles the processor.
func misses(path string) {
	const loads = 4_000_000
	var table sync.Map
	for key := 0; key < 100000; key++ {
		table.Store(key, key)
	}
	table.Range(func(any, any) bool { return false })
	file, err := os.Create(path)
	if err != nil {
		panic(err)
	}
	defer file.Close()
	if err := pprof.StartCPUProfile(file); err != nil {
		panic(err)
	}
	defer pprof.StopCPUProfile()
	stop := make(chan struct{})
	var writer, readers sync.WaitGroup
	writer.Add(1)
	go func() {
		defer writer.Done()
		for key := 100000; ; key++ {
			select {
			case <-stop:
				return
			default:
				table.Store(key, key)
				time.Sleep(10 * time.Microsecond)
			}
		}
	}()
	start := time.Now()
	for g := 0; g < 4; g++ {
		readers.Add(1)
		go func(g int) {
			defer readers.Done()
			for i := 0; i < loads; i++ {
				missKey(&table, -1-i*4-g)
			}
		}(g)
	}
	readers.Wait()
	fmt.Printf("loads,dur_ns\n%d,%d\n", 4*loads, time.Since(start))
	close(stop)
	writer.Wait()
}

//go:noinline
func missKey(table *sync.Map, key int) { table.Load(key) }
