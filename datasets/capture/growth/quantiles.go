package main

import (
	"fmt"
	"sort"
)

// quantiles prints the distribution of the time of an insert over a map's growth, by nearest rank.
func quantiles[V any](name string, run, n int) {
	took := timed[V](n)
	var total, worst int64
	worstInsert := 0
	for i, dur := range took {
		total += dur
		if dur > worst {
			worst, worstInsert = dur, i+1
		}
	}
	sort.Slice(took, func(a, b int) bool { return took[a] < took[b] })
	rank := func(permille int) int64 { return took[(n*permille+999)/1000-1] }
	fmt.Printf("%s,%d,%d,%d,%d,%d,%d,%d,%d\n", name, run, n, rank(500), rank(990), rank(999), worst, worstInsert, total)
}
