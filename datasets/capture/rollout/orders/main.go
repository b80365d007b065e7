// Command orders is the service of the rollout: POST /v2/orders reserves the stock of the products it names. Each
// product's record is a buffer of 1 KiB in a map; how the map keeps it is what the two builds differ in:
//
//	go build ./rollout/orders                 old: map[int][1024]byte, values copied in and out
//	go build -tags pointer ./rollout/orders   new: a pointer a product, published as the write-up does
//
// Both serve /metrics; http_request_duration_seconds is a summary with quantile="0.99", as the incident's was.
package main

import (
	"encoding/binary"
	"encoding/json"
	"flag"
	"fmt"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

const products = 20000

type buffer [1024]byte

// order is a request's body: the products that it reserves one piece of each.
type order struct {
	Products []int `json:"products"`
}

func main() {
	address := flag.String("listen", "127.0.0.1:7401", "address to serve on")
	label := flag.String("label", build, "what answers call this build")
	flag.Parse()
	stock := newStock()

	registry := prometheus.NewRegistry()
	// Ten seconds, where the library's default is ten minutes: a quantile then speaks of the stage that it is read in.
	duration := prometheus.NewSummaryVec(prometheus.SummaryOpts{Name: "http_request_duration_seconds", Help: "Time of a request in the service.", Objectives: map[float64]float64{0.5: 0.01, 0.99: 0.001}, MaxAge: 10 * time.Second}, []string{"handler"})
	buckets := prometheus.NewHistogramVec(prometheus.HistogramOpts{Name: "http_request_duration_buckets_seconds", Help: "The same times, counted in buckets.", Buckets: prometheus.ExponentialBuckets(1e-5, 1.5, 32)}, []string{"handler"})
	requests := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "http_requests_total", Help: "Requests by status."}, []string{"code"})
	registry.MustRegister(duration, buckets, requests, collectors.NewGoCollector())
	http.Handle("/metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	http.HandleFunc("/v2/orders", func(w http.ResponseWriter, r *http.Request) {
		start := time.Now()
		code := reserve(stock, r)
		took := time.Since(start).Seconds()
		duration.WithLabelValues("/v2/orders").Observe(took)
		buckets.WithLabelValues("/v2/orders").Observe(took)
		requests.WithLabelValues(fmt.Sprint(code)).Inc()
		w.Header().Set("X-Build", *label)
		w.WriteHeader(code)
	})
	fmt.Fprintln(os.Stderr, "orders:", http.ListenAndServe(*address, nil))
	os.Exit(1)
}

func reserve(stock *stock, r *http.Request) int {
	var wanted order
	if err := json.NewDecoder(r.Body).Decode(&wanted); err != nil {
		return http.StatusBadRequest
	}
	for _, product := range wanted.Products {
		if !stock.take(product) {
			return http.StatusConflict
		}
	}
	return http.StatusCreated
}

// left is how many pieces a record says there are; taken is the record with one piece less.
func left(record *buffer) uint32 { return binary.LittleEndian.Uint32(record[8:]) }

func taken(record *buffer) { binary.LittleEndian.PutUint32(record[8:], left(record)-1) }

func full(product int) (record buffer) {
	binary.LittleEndian.PutUint64(record[:], uint64(product))
	binary.LittleEndian.PutUint32(record[8:], 1<<30)
	return record
}
