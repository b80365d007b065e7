// Command copycost measures what copying 1 KiB costs by offset, what two writers on neighbouring words cost each
// other, and what a million map writes take by value and by pointer. It prints CSV; `copycost WHAT`.
package main

import (
	"fmt"
	"os"
	"runtime"
	"sync"
	"sync/atomic"
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

// sharing times atomic additions of one thread, and of two on words some bytes apart, on threads of their own.
func sharing() {
	const n = 1_000_000
	memory := make([]byte, 1<<16)
	base := (128 - uintptr(unsafe.Pointer(&memory[0]))%128) % 128
	word := func(offset uintptr) *uint64 { return (*uint64)(unsafe.Pointer(&memory[base+offset])) }
	cases := []struct {
		name          string
		first, second uintptr
	}{
		{"one line", 0, 8},
		{"Seq and the next block's Data[0]", 1024, 1032},
		{"Seq and its own Data[0]", 1024, 0},
		{"4096 bytes apart", 0, 4096},
	}
	fmt.Println("round,case,ns_per_add")
	for round := 0; round < 25; round++ {
		fmt.Printf("%d,one thread,%.3f\n", round, float64(together(func() { add(word(0), n) }))/n)
		for _, one := range cases {
			took := together(func() { add(word(one.first), n) }, func() { add(word(one.second), n) })
			fmt.Printf("%d,%s,%.3f\n", round, one.name, float64(took)/n)
		}
	}
}

func together(work ...func()) time.Duration {
	var wait sync.WaitGroup
	begin := make(chan struct{})
	for _, one := range work {
		wait.Add(1)
		go func(one func()) {
			runtime.LockOSThread()
			defer wait.Done()
			<-begin
			one()
		}(one)
	}
	time.Sleep(time.Millisecond)
	start := time.Now()
	close(begin)
	wait.Wait()
	return time.Since(start)
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
