// Command btreeheap holds a million rules in a map and in a B-tree, and prints what each takes of the heap, what a
// collection costs with it, and what a lookup does. CSV.
package main

import (
	"fmt"
	"runtime"
	"time"

	"github.com/google/btree"
)

type rule struct {
	id      uint64
	payload [56]byte
}

const rules = 1_000_000

func main() {
	fmt.Println("structure,round,rules,heap_bytes,gc_ns,lookup_ns")
	for round := 0; round < 3; round++ {
		before := heap()
		table := map[uint64]rule{}
		for id := uint64(0); id < rules; id++ {
			table[id] = rule{id: id}
		}
		report("map", round, before, func(id uint64) byte { return table[id].payload[0] })
		runtime.KeepAlive(table)
		table = nil

		before = heap()
		tree := btree.NewG(32, func(a, b *rule) bool { return a.id < b.id })
		for id := uint64(0); id < rules; id++ {
			tree.ReplaceOrInsert(&rule{id: id})
		}
		wanted := new(rule)
		report("btree", round, before, func(id uint64) byte {
			wanted.id = id
			found, _ := tree.Get(wanted)
			return found.payload[0]
		})
		runtime.KeepAlive(tree)
	}
}

func report(name string, round int, before int64, get func(id uint64) byte) {
	taken := heap() - before
	start := time.Now()
	runtime.GC()
	collection := time.Since(start)
	const lookups = 500_000
	random := uint64(88172645463325252)
	var sum byte
	start = time.Now()
	for i := 0; i < lookups; i++ {
		random ^= random << 13
		random ^= random >> 7
		random ^= random << 17
		sum += get(random % rules)
	}
	took := time.Since(start)
	fmt.Printf("%s,%d,%d,%d,%d,%.1f\n", name, round, rules, taken, collection, float64(took)/lookups)
	runtime.KeepAlive(sum)
}

func heap() int64 {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return int64(stats.HeapAlloc)
}
