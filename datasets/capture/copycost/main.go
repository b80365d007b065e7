// Command copycost measures what copying 1 KiB costs by offset, what two writers on neighbouring words cost each
// other, and what a million map writes take by value and by pointer. It prints CSV; `copycost WHAT`.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
	"unsafe"
)

// Block is the struct of the article: a counter behind 1 KiB of data.
type Block struct {
	Data [1024]byte
	Seq  uint64
}

func main() {
	what := ""
	if len(os.Args) > 1 {
		what = os.Args[1]
	}
	switch what {
	case "layout":
		layout()
	case "offsets":
		offsets()
	case "sharing":
		sharing()
	case "writes":
		writes()
	default:
		fmt.Fprintln(os.Stderr, "usage: copycost layout|offsets|sharing|writes")
		os.Exit(2)
	}
}

func layout() {
	var block Block
	fmt.Println("field,offset,size")
	fmt.Printf("Data,%d,%d\n", unsafe.Offsetof(block.Data), unsafe.Sizeof(block.Data))
	fmt.Printf("Seq,%d,%d\n", unsafe.Offsetof(block.Seq), unsafe.Sizeof(block.Seq))
	kept := make([]*Block, 1000)
	at := map[uintptr]int{}
	for i := range kept {
		kept[i] = new(Block)
		at[uintptr(unsafe.Pointer(kept[i]))%64]++
	}
	for offset := uintptr(0); offset < 64; offset += 8 {
		fmt.Printf("heap address mod 64 is %d,%d,\n", offset, at[offset])
	}
	runtime.KeepAlive(kept)
}

var sink byte

//go:noinline
func byValue(value [1024]byte) byte { return value[7] }

//go:noinline
func copyTo(dst, src *[1024]byte, n int) {
	for i := 0; i < n; i++ {
		*dst = *src
	}
}

// offsets times copies from every offset in turn, round after round, so that a slow stretch of time hits all alike.
func offsets() {
	const n = 20000
	buffer := make([]byte, 16384)
	base := (4096 - uintptr(unsafe.Pointer(&buffer[0]))%4096) % 4096
	dst := (*[1024]byte)(unsafe.Pointer(&buffer[base+4096+256]))
	fmt.Println("round,offset,how,ns_per_copy")
	for round := 0; round < 100; round++ {
		for _, offset := range []uintptr{0, 1, 4, 8, 16, 32, 48} {
			src := (*[1024]byte)(unsafe.Pointer(&buffer[base+offset]))
			start := time.Now()
			copyTo(dst, src, n)
			fmt.Printf("%d,%d,assignment,%.3f\n", round, offset, float64(time.Since(start))/n)
			start = time.Now()
			for i := 0; i < n; i++ {
				sink += byValue(*src)
			}
			fmt.Printf("%d,%d,argument,%.3f\n", round, offset, float64(time.Since(start))/n)
		}
	}
}

//go:noinline
func add(word *uint64, n int) {
	for i := 0; i < n; i++ {
		atomic.AddUint64(word, 1)
	}
}

// sharing times atomic additions of one thread, and of two on words some bytes apart, by the processor time each thread
// took: waiting for a processor does not count. parallel says how much of the round both were running (1 of 2 threads
// that ran one after the other); only rounds near the number of threads say anything about sharing.
func sharing() {
	const n = 4_000_000
	memory := make([]byte, 1<<16)
	base := (128 - uintptr(unsafe.Pointer(&memory[0]))%128) % 128
	word := func(offset uintptr) *uint64 { return (*uint64)(unsafe.Pointer(&memory[base+offset])) }
	cases := []struct {
		name  string
		words []uintptr
	}{
		{"one thread", []uintptr{0}},
		{"one line", []uintptr{0, 8}},
		{"Seq and the next block's Data[0]", []uintptr{1024, 1032}},
		{"Seq and its own Data[0]", []uintptr{1024, 0}},
		{"4096 bytes apart", []uintptr{0, 4096}},
	}
	fmt.Println("round,case,threads,ns_per_add,parallel")
	for round := 0; round < 40; round++ {
		for _, one := range cases {
			var work []func()
			for _, offset := range one.words {
				target := word(offset)
				work = append(work, func() { add(target, n) })
			}
			wall, cpu := together(work)
			fmt.Printf("%d,%s,%d,%.3f,%.3f\n", round, one.name, len(work), float64(cpu)/float64(n*len(work)), float64(cpu)/float64(wall))
		}
	}
}

// together runs each function on a thread of its own, all at once; it returns the time that took and the processor
// time of all.
func together(work []func()) (wall, cpu time.Duration) {
	var wait sync.WaitGroup
	begin := make(chan struct{})
	took := make([]time.Duration, len(work))
	for i := range work {
		wait.Add(1)
		go func(i int) {
			runtime.LockOSThread()
			defer wait.Done()
			<-begin
			before := threadTime()
			work[i]()
			took[i] = threadTime() - before
		}(i)
	}
	time.Sleep(time.Millisecond)
	start := time.Now()
	close(begin)
	wait.Wait()
	wall = time.Since(start)
	for _, one := range took {
		cpu += one
	}
	return wall, cpu
}

// threadTime is the processor time of the calling thread.
func threadTime() time.Duration {
	const thread = 1 // RUSAGE_THREAD
	var usage syscall.Rusage
	if err := syscall.Getrusage(thread, &usage); err != nil {
		panic(err)
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// writes times a million overwrites among 10000 keys.
func writes() {
	const n, keys = 1_000_000, 10_000
	var value [1024]byte
	values := make(map[int][1024]byte, keys)
	pointers := make(map[int]*[1024]byte, keys)
	for key := 0; key < keys; key++ {
		values[key] = value
		pointers[key] = new([1024]byte)
	}
	how := []struct {
		name string
		put  func(key int)
	}{
		{"value", func(key int) { values[key] = value }},
		{"shared pointer", func(key int) { pointers[key] = &value }},
		{"pointer to a fresh copy", func(key int) { fresh := value; pointers[key] = &fresh }},
	}
	fmt.Println("round,how,writes,dur_ns")
	for round := 0; round < 7; round++ {
		for _, one := range how {
			start := time.Now()
			for i := 0; i < n; i++ {
				one.put((i * 7919) % keys)
			}
			fmt.Printf("%d,%s,%d,%d\n", round, one.name, n, time.Since(start))
		}
	}
}
