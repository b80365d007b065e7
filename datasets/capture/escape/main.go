package main

import (
	"fmt"
	"runtime"
)

const runs = 1000

var sink any

func main() {
	fmt.Println("case,kind,value_bytes,allocations_per_run,bytes_per_run")
	count("Returned", "map returned", 32, func() { sink = Returned() })
	count("Local32", "map local", 32, func() { Local32() })
	count("Local128", "map local", 128, func() { Local128() })
	count("Local129", "map local", 129, func() { Local129() })
	count("Local1024", "map local", 1024, func() { Local1024() })
	count("Array128", "array", 128, func() { Array128() })
	count("Array129", "array", 129, func() { Array129() })
	count("Array1KiB", "array", 1<<10, func() { Array1KiB() })
	count("Array64KiB", "array", 64<<10, func() { Array64KiB() })
	count("Array128KiB", "array", 128<<10, func() { Array128KiB() })
	count("Array129KiB", "array", 129<<10, func() { Array129KiB() })
	count("Array1MiB", "array", 1<<20, func() { Array1MiB() })
	count("Array11MiB", "array", 11<<20, func() { Array11MiB() })
	count("AddressOfCopy", "address of a copy", 1024, func() { sink = AddressOfCopy() })
}

func count(name, kind string, size int, run func()) {
	var before, after runtime.MemStats
	run()
	runtime.GC()
	runtime.ReadMemStats(&before)
	for i := 0; i < runs; i++ {
		run()
	}
	runtime.ReadMemStats(&after)
	fmt.Printf("%s,%s,%d,%.3f,%.0f\n", name, kind, size, float64(after.Mallocs-before.Mallocs)/runs, float64(after.TotalAlloc-before.TotalAlloc)/runs)
}
