// Command cache does 20000 map writes and reads a hot array of 24 KiB after each: what do the writes push out of the
// first level cache? -store is none, value or pointer. Run under cachegrind or callgrind, whose cache is a model, or
// with -rounds for perf, whose samples want longer.
package main

import "flag"

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

func main() {
	store := flag.String("store", "none", "none, value or pointer")
	rounds := flag.Int("rounds", 1, "how often to do the writes")
	flag.Parse()
	values := map[int][1024]byte{}
	pointers := map[int]*[1024]byte{}
	value, hot := new([1024]byte), new([24576]byte)
	for key := 0; key < keys; key++ {
		switch *store {
		case "value":
			values[key] = *value
		case "pointer":
			fresh := *value
			pointers[key] = &fresh
		}
	}
	random := uint64(88172645463325252)
	for i := 0; i < writes**rounds; i++ {
		random ^= random << 13
		random ^= random >> 7
		random ^= random << 17
		key := int(random % keys)
		switch *store {
		case "value":
			writeValue(values, key, value)
		case "pointer":
			writePointer(pointers, key, value)
		}
		readHot(hot)
	}
}
