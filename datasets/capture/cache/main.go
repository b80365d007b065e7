// Command cache does 20000 map writes and reads a hot array of 24 KiB after each: what do the writes push out of the
// first level cache? -store is none, value or pointer. Run under cachegrind or callgrind, whose cache is a model, or
// with -rounds for perf, whose samples want longer. Which lines share a set of the cache is an accident of where things
// lie; -layout N puts the heap's small objects and the stack N steps further.
package main

import (
	"flag"
	"runtime"
)

const keys, writes = 10000, 20000

var sink int

//go:noinline
func writeValue(table map[int][1024]byte, key int, value *[1024]byte) { table[key] = *value }

//go:noinline
func writePointer(table map[int]*[1024]byte, key int, value *[1024]byte) { table[key] = value }

//go:noinline
func readHot(hot *[24576]byte) {
	sum := 0
	for i := 0; i < len(hot); i += 64 {
		sum += int(hot[i])
	}
	sink += sum
}

type line struct{ next, before *line }

// further goes a step down the stack and one up the heap before it runs what it is given.
//
//go:noinline
func further(steps int, last *line, run func()) {
	if steps == 0 {
		run()
		return
	}
	further(steps-1, &line{next: last, before: last}, run)
	sink += steps
	runtime.KeepAlive(last)
}

func main() {
	store := flag.String("store", "none", "none, value or pointer")
	rounds := flag.Int("rounds", 1, "how often to do the writes")
	layout := flag.Int("layout", 0, "steps that the stack and the heap are moved by")
	flag.Parse()
	further(*layout, nil, func() { work(*store, *rounds) })
}

func work(store string, rounds int) {
	values := map[int][1024]byte{}
	pointers := map[int]*[1024]byte{}
	value, hot := new([1024]byte), new([24576]byte)
	for key := 0; key < keys; key++ {
		switch store {
		case "value":
			values[key] = *value
		case "pointer":
			fresh := *value
			pointers[key] = &fresh
		}
	}
	random := uint64(88172645463325252)
	for i := 0; i < writes*rounds; i++ {
		random ^= random << 13
		random ^= random >> 7
		random ^= random << 17
		key := int(random % keys)
		switch store {
		case "value":
			writeValue(values, key, value)
		case "pointer":
			writePointer(pointers, key, value)
		}
		readHot(hot)
	}
}
