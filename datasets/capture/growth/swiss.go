//go:build go1.24

package main

import (
	"fmt"
	"unsafe"
)

// swissMap and swissTable are the beginnings of internal/runtime/maps.Map and .table of Go 1.24 to 1.26.
type swissMap struct {
	used        uint64
	seed        uintptr
	dirPtr      unsafe.Pointer
	dirLen      int
	globalDepth uint8
}

type swissTable struct {
	used, capacity, growthLeft uint16
	localDepth                 uint8
	index                      int
}

// roomOf adds up the tables of a directory, which may list one several times; a map without a directory is one group.
func roomOf(table unsafe.Pointer) (slots, tables int) {
	m := (*swissMap)(table)
	if m.dirLen == 0 {
		return 8, 0
	}
	seen := map[unsafe.Pointer]bool{}
	for i := 0; i < m.dirLen; i++ {
		one := *(*unsafe.Pointer)(unsafe.Add(m.dirPtr, i*8))
		if !seen[one] {
			seen[one] = true
			slots += int((*swissTable)(one).capacity)
		}
	}
	return slots, len(seen)
}

// sharing and chain are about buckets, which these maps do not have.
func sharing(maps int) { fmt.Println("buckets,maps,shared") }

func chain() { fmt.Println("keys,chain_buckets,overflow_buckets,buckets,growing") }
