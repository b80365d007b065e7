// Command pacer takes a map through phases of inserts, overwrites and none at all, and writes when each begins to
// standard error, between the lines that the runtime logs there.
package main

import (
	"fmt"
	"os"
	"time"
)

var table = map[int][1024]byte{}
var sink []byte

func main() {
	start := time.Now()
	phase := func(name string) {
		fmt.Fprintf(os.Stderr, "# phase,%.3f,%s,%d\n", time.Since(start).Seconds(), name, len(table))
	}
	phase("slow inserts")
	for i := 0; i < 8000; i++ {
		table[i] = [1024]byte{}
		if i%80 == 0 {
			time.Sleep(10 * time.Millisecond)
		}
	}
	phase("fast inserts")
	for i := 8000; i < 60000; i++ {
		table[i] = [1024]byte{}
	}
	phase("allocation without inserts")
	for i := 0; i < 800000; i++ {
		sink = make([]byte, 1024)
	}
	phase("overwrites")
	for i := 0; i < 800000; i++ {
		table[i%60000] = [1024]byte{1}
	}
	phase("end")
}
