// Command structstats is the health endpoint as the article prints it, as near as it can be.
package main

import (
	"encoding/json"
	"net/http"
	"runtime"
)

type structStats struct{ MapSize, SliceCap, MutexWait any }

func init() {
	http.HandleFunc("/debug/struct-stats", func(w http.ResponseWriter, r *http.Request) {
		json.NewEncoder(w).Encode(structStats{
			MapSize:   runtime.MapSize(),
			SliceCap:  runtime.SliceCapacity(),
			MutexWait: runtime.MutexWaitTime(),
		})
	})
}

func main() {}
