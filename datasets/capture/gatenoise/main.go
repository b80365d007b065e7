// Command gatenoise does the same work each time and prints one line: the memory figures that a gate could compare.
package main

import (
	"fmt"
	"os"
	"runtime"
	"strings"
	"sync"
)

func main() {
	var mu sync.Mutex
	table := map[int][]byte{}
	var wait sync.WaitGroup
	for g := 0; g < 8; g++ {
		wait.Add(1)
		go func(g int) {
			defer wait.Done()
			for i := 0; i < 20000; i++ {
				value := make([]byte, 200+i%800)
				mu.Lock()
				table[(g*20000+i)%15000] = value
				mu.Unlock()
			}
		}(g)
	}
	wait.Wait()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	runtime.GC()
	runtime.ReadMemStats(&after)
	fmt.Printf("%d,%d,%d,%s\n", before.HeapAlloc, after.HeapAlloc, before.Sys, peakKiB())
	runtime.KeepAlive(table)
}

// peakKiB is the largest resident size so far, as the kernel counts it.
func peakKiB() string {
	status, _ := os.ReadFile("/proc/self/status")
	for _, line := range strings.Split(string(status), "\n") {
		if strings.HasPrefix(line, "VmHWM:") {
			return strings.Fields(line)[1]
		}
	}
	return ""
}
