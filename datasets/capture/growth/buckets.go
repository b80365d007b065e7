//go:build !go1.24

package main

import (
	"fmt"
	"unsafe"
)

// hmap is runtime.hmap of Go 1.19 to 1.23.
type hmap struct {
	count      int
	flags      uint8
	B          uint8
	noverflow  uint16
	hash0      uint32
	buckets    unsafe.Pointer
	oldbuckets unsafe.Pointer
	nevacuate  uintptr
	extra      unsafe.Pointer
}

// bucketBytes is the size of a bucket of map[uint64]uint64: 8 hash bytes, 8 keys, 8 values, the overflow pointer.
const bucketBytes = 8 + 64 + 64 + 8

func roomOf(table unsafe.Pointer) (slots, tables int) {
	h := (*hmap)(table)
	return 8 << h.B, 1 << h.B
}

// holds says whether a bucket (without its overflow) has a key in a filled slot.
func holds(bucket unsafe.Pointer, key uint64) bool {
	for slot := 0; slot < 8; slot++ {
		filled := *(*uint8)(unsafe.Add(bucket, slot)) > 4
		if filled && *(*uint64)(unsafe.Add(bucket, 8+8*slot)) == key {
			return true
		}
	}
	return false
}

func overflow(bucket unsafe.Pointer) unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Add(bucket, bucketBytes-8))
}

func bucketOf(h *hmap, key uint64) int {
	for i := 0; i < 1<<h.B; i++ {
		for bucket := unsafe.Add(h.buckets, i*bucketBytes); bucket != nil; bucket = overflow(bucket) {
			if holds(bucket, key) {
				return i
			}
		}
	}
	return -1
}

// sharing counts in how many fresh maps of 8 buckets three keys with equal low bits fall into one bucket.
func sharing(maps int) {
	shared := 0
	for i := 0; i < maps; i++ {
		table := make(map[uint64]uint64, 48)
		table[0x101], table[0x201], table[0x301] = 1, 1, 1
		h := *(**hmap)(unsafe.Pointer(&table))
		first := bucketOf(h, 0x101)
		if first >= 0 && bucketOf(h, 0x201) == first && bucketOf(h, 0x301) == first {
			shared++
		}
	}
	fmt.Printf("buckets,maps,shared\n8,%d,%d\n", maps, shared)
}

// chain fills one bucket of a map of 4096 until its chain is 25 buckets long, and prints the chain and whether the
// map grows. A key stays when it fell into the first bucket and is deleted otherwise.
func chain() {
	table := make(map[uint64]uint64, 6*4096)
	h := *(**hmap)(unsafe.Pointer(&table))
	fmt.Println("keys,chain_buckets,overflow_buckets,buckets,growing")
	longest, kept := 0, 0
	for key := uint64(0); longest < 25 && kept < 400; key++ {
		table[key] = key
		length, inFirst := 0, false
		for bucket := h.buckets; bucket != nil; bucket = overflow(bucket) {
			length++
			inFirst = inFirst || holds(bucket, key)
		}
		if !inFirst {
			delete(table, key)
			continue
		}
		kept++
		if length > longest {
			longest = length
			fmt.Printf("%d,%d,%d,%d,%t\n", kept, length, h.noverflow, 1<<h.B, h.oldbuckets != nil)
		}
		if h.oldbuckets != nil {
			return
		}
	}
}
