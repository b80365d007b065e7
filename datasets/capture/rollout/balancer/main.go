// Command balancer sends each request to one of two builds, by weight: `balancer OLD NEW`, both host:port. The share
// of the new build, in percent, is set by PUT /balancer/share; it begins at 0. Which request goes where is drawn at
// random, so that neither build gets a kind of request that the other does not.
package main

import (
	"flag"
	"fmt"
	"io"
	"math/rand"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strconv"
	"sync/atomic"
)

func main() {
	address := flag.String("listen", "127.0.0.1:7400", "address to serve on")
	flag.Parse()
	if flag.NArg() != 2 {
		fmt.Fprintln(os.Stderr, "usage: balancer [-listen ADDRESS] OLD NEW")
		os.Exit(2)
	}
	transport := &http.Transport{MaxIdleConnsPerHost: 256}
	proxies := [2]*httputil.ReverseProxy{}
	for i := range proxies {
		proxies[i] = httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: flag.Arg(i)})
		proxies[i].Transport = transport
	}
	var share atomic.Int64
	http.HandleFunc("/balancer/share", func(w http.ResponseWriter, r *http.Request) {
		text, err := io.ReadAll(r.Body)
		percent, bad := strconv.Atoi(string(text))
		if err != nil || bad != nil || percent < 0 || percent > 100 {
			http.Error(w, "a share is a number from 0 to 100", http.StatusBadRequest)
			return
		}
		share.Store(int64(percent))
	})
	http.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		chosen := 0
		if rand.Int63n(100) < share.Load() {
			chosen = 1
		}
		proxies[chosen].ServeHTTP(w, r)
	})
	fmt.Fprintln(os.Stderr, "balancer:", http.ListenAndServe(*address, nil))
	os.Exit(1)
}
