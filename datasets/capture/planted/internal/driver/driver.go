// Package driver is the clients, in a process of their own: connections that ask, wait for the answer, and think.
package driver

import (
	"bufio"
	"fmt"
	"io"
	"math/rand"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Load is how the clients behave.
type Load struct {
	Protocol string        // http or lines
	Address  string        // of the service
	Kinds    []string      // what they ask for, each as often as it is listed
	Clients  int           // connections
	Gap      time.Duration // mean of the time between an answer and the next request, which is random
	Burst    int           // how many requests follow each other at once
	Articles int           // how many different ids
	For      time.Duration // how long
	Close    bool          // a new connection for each request
	Halting  time.Duration // every so often a client stops in the middle of its request for so long
	Pipeline bool          // lines are sent without waiting for answers
}

// Run drives the load to its end.
func Run(load Load) {
	var wait sync.WaitGroup
	deadline := time.Now().Add(load.For)
	for lane := 0; lane < load.Clients; lane++ {
		wait.Add(1)
		go func(lane int) {
			defer wait.Done()
			client(load, lane, deadline)
		}(lane)
	}
	wait.Wait()
}

func client(load Load, lane int, deadline time.Time) {
	ask := asker(load)
	time.Sleep(time.Duration(rand.Int63n(int64(load.Gap) + 1)))
	for time.Now().Before(deadline) {
		for i := 0; i < load.Burst; i++ {
			kind := load.Kinds[rand.Intn(len(load.Kinds))]
			if err := ask(kind, rand.Intn(load.Articles), lane); err != nil {
				return
			}
		}
		time.Sleep(time.Duration(rand.ExpFloat64() * float64(load.Gap)))
	}
}

func asker(load Load) func(kind string, id, lane int) error {
	if load.Protocol == "lines" {
		return lineAsker(load)
	}
	if load.Halting > 0 {
		return haltingAsker(load)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: load.Close}}
	return func(kind string, id, lane int) error {
		response, err := client.Get(fmt.Sprintf("http://%s/%s?id=%d&lane=%d", load.Address, kind, id, lane))
		if err != nil {
			return err
		}
		defer response.Body.Close()
		_, err = io.Copy(io.Discard, response.Body)
		return err
	}
}

func lineAsker(load Load) func(kind string, id, lane int) error {
	conn, err := net.Dial("tcp", load.Address)
	if err != nil {
		return func(string, int, int) error { return err }
	}
	answers := bufio.NewReader(conn)
	if load.Pipeline {
		go io.Copy(io.Discard, answers)
	}
	return func(kind string, id, lane int) error {
		line := fmt.Sprintf("%s %d %d\n", kind, id, lane)
		if load.Halting > 0 && rand.Intn(25) == 0 {
			half := len(line) / 2
			conn.Write([]byte(line[:half]))
			time.Sleep(load.Halting)
			line = line[half:]
		}
		if _, err := conn.Write([]byte(line)); err != nil || load.Pipeline {
			return err
		}
		_, err := answers.ReadString('\n')
		return err
	}
}

// haltingAsker writes HTTP by hand, so that it can stop within a header.
func haltingAsker(load Load) func(kind string, id, lane int) error {
	conn, err := net.Dial("tcp", load.Address)
	if err != nil {
		return func(string, int, int) error { return err }
	}
	answers := bufio.NewReader(conn)
	return func(kind string, id, lane int) error {
		text := fmt.Sprintf("GET /%s?id=%d&lane=%d HTTP/1.1\r\nHost: shop\r\nUser-Agent: till\r\n\r\n", kind, id, lane)
		if rand.Intn(25) == 0 {
			half := strings.Index(text, "User-Agent")
			conn.Write([]byte(text[:half]))
			time.Sleep(load.Halting)
			text = text[half:]
		}
		conn.Write([]byte(text))
		response, err := http.ReadResponse(answers, nil)
		if err != nil {
			return err
		}
		defer response.Body.Close()
		_, err = io.Copy(io.Discard, response.Body)
		return err
	}
}
