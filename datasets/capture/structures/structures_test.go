// Package structures benchmarks the maps that chapter 5 chooses among, under its load patterns.
package structures

import (
	"fmt"
	"sync"
	"testing"
)

const keys = 10000

type store interface {
	get(key int) int
	put(key, value int)
}

type mutexMap struct {
	mu    sync.Mutex
	table map[int]int
}

func (m *mutexMap) get(key int) int { m.mu.Lock(); defer m.mu.Unlock(); return m.table[key] }
func (m *mutexMap) put(key, value int) {
	m.mu.Lock()
	m.table[key] = value
	m.mu.Unlock()
}

type readWriteMap struct {
	mu    sync.RWMutex
	table map[int]int
}

func (m *readWriteMap) get(key int) int { m.mu.RLock(); defer m.mu.RUnlock(); return m.table[key] }
func (m *readWriteMap) put(key, value int) {
	m.mu.Lock()
	m.table[key] = value
	m.mu.Unlock()
}

type shardedMap struct {
	shards [32]struct {
		readWriteMap
		_ [32]byte
	}
}

func newSharded() *shardedMap {
	m := new(shardedMap)
	for i := range m.shards {
		m.shards[i].table = map[int]int{}
	}
	return m
}

func (m *shardedMap) shard(key int) *readWriteMap {
	return &m.shards[(uint64(key)*0x9E3779B97F4A7C15)>>59].readWriteMap
}
func (m *shardedMap) get(key int) int    { return m.shard(key).get(key) }
func (m *shardedMap) put(key, value int) { m.shard(key).put(key, value) }

type syncMap struct{ table sync.Map }

func (m *syncMap) get(key int) int {
	if value, ok := m.table.Load(key); ok {
		return value.(int)
	}
	return 0
}
func (m *syncMap) put(key, value int) { m.table.Store(key, value) }

var makers = []struct {
	name string
	new  func() store
}{
	{"mutex", func() store { return &mutexMap{table: map[int]int{}} }},
	{"rwmutex", func() store { return &readWriteMap{table: map[int]int{}} }},
	{"sync.Map", func() store { return new(syncMap) }},
	{"32-shards", func() store { return newSharded() }},
}

// BenchmarkPattern: four goroutines, so many percent of writes, over fixed keys or with writes to ever new ones.
func BenchmarkPattern(b *testing.B) {
	for _, pattern := range []struct {
		name    string
		writes  uint64
		growing bool
	}{{"write95-fixed", 95, false}, {"write95-growing", 95, true}, {"write50-fixed", 50, false}, {"read95-fixed", 5, false}} {
		for _, maker := range makers {
			b.Run(fmt.Sprintf("load=%s/map=%s", pattern.name, maker.name), func(b *testing.B) {
				s := maker.new()
				for key := 0; key < keys; key++ {
					s.put(key, key)
				}
				var worker sync.Mutex
				workers := 0
				b.SetParallelism(2)
				b.ResetTimer()
				b.RunParallel(func(pb *testing.PB) {
					worker.Lock()
					workers++
					me := workers
					worker.Unlock()
					random := uint64(me) * 0x9E3779B97F4A7C15
					for i := 0; pb.Next(); i++ {
						random ^= random << 13
						random ^= random >> 7
						random ^= random << 17
						key := int(random % keys)
						if (random>>40)%100 >= pattern.writes {
							s.get(key)
							continue
						}
						if pattern.growing {
							key = me<<32 + i
						}
						s.put(key, i)
					}
				})
			})
		}
	}
}
