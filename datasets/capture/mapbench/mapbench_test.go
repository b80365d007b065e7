// Package mapbench benchmarks the three maps of chapter 2.5 on 10000 keys of 1 KiB, seven reads to three writes, like
// for like: every variant's reader gets the kilobyte, except where its name says that the pointer is shared.
package mapbench

import (
	"sync"
	"testing"
)

const keys = 10000

type value = [1024]byte

func fill(put func(key int, v *value)) {
	for key := 0; key < keys; key++ {
		v := new(value)
		put(key, v)
	}
}

func run(b *testing.B, get func(key int, out *value), put func(key int, v *value)) {
	in, out := new(value), new(value)
	random := uint64(88172645463325252)
	b.ReportAllocs()
	b.ResetTimer()
	for i := 0; i < b.N; i++ {
		random ^= random << 13
		random ^= random >> 7
		random ^= random << 17
		key := int(random % keys)
		if (random>>40)%10 < 3 {
			put(key, in)
		} else {
			get(key, out)
		}
	}
	b.ReportMetric(float64(b.N)/float64(b.Elapsed().Milliseconds()+1), "ops/ms")
}

func BenchmarkValue(b *testing.B) {
	table := map[int]value{}
	put := func(key int, v *value) { table[key] = *v }
	fill(put)
	run(b, func(key int, out *value) { *out = table[key] }, put)
}

func BenchmarkSharedPointer(b *testing.B) {
	table := map[int]*value{}
	put := func(key int, v *value) { table[key] = v }
	fill(put)
	run(b, func(key int, out *value) { out[0] += table[key][1] }, put)
}

func BenchmarkPointerToCopy(b *testing.B) {
	table := map[int]*value{}
	put := func(key int, v *value) { fresh := *v; table[key] = &fresh }
	fill(put)
	run(b, func(key int, out *value) { *out = *table[key] }, put)
}

func BenchmarkSyncMap(b *testing.B) {
	var table sync.Map
	put := func(key int, v *value) { fresh := *v; table.Store(key, &fresh) }
	fill(put)
	run(b, func(key int, out *value) { found, _ := table.Load(key); *out = *found.(*value) }, put)
}
