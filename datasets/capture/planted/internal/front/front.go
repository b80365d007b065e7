// Package front is how requests come in: over HTTP, or as lines on a connection that stays open.
package front

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/http"
	"runtime/trace"
	"strconv"
	"strings"

	"shop.example/services/internal/meter"
)

// Request is what a client asked for.
type Request struct {
	Kind string
	ID   int // of the article, customer or whatever it is about
	Lane int // the client's number
}

// Handler answers a request.
type Handler func(ctx context.Context, request Request) (string, error)

// API is the table of what the service can do.
type API struct {
	Routes map[string]Handler
	Tasks  bool // whether each request is a task of the execution trace
}

// Start serves on a free port of loopback and returns its address.
func (api *API) Start(protocol string) (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	if protocol == "lines" {
		go api.acceptLines(listener)
	} else {
		go http.Serve(listener, api)
	}
	return listener.Addr().String(), nil
}

// ServeHTTP answers GET /KIND?id=N&lane=N.
func (api *API) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	kind := strings.TrimPrefix(r.URL.Path, "/")
	id, _ := strconv.Atoi(r.URL.Query().Get("id"))
	lane, _ := strconv.Atoi(r.URL.Query().Get("lane"))
	text, err := api.answer(r.Context(), Request{kind, id, lane})
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	fmt.Fprintln(w, text)
}

func (api *API) answer(ctx context.Context, request Request) (string, error) {
	handler, found := api.Routes[request.Kind]
	if !found {
		return "", fmt.Errorf("no such thing: %s", request.Kind)
	}
	if api.Tasks {
		var task *trace.Task
		ctx, task = trace.NewTask(ctx, request.Kind)
		defer task.End()
	}
	ctx, op := meter.Start(ctx, request.Kind)
	defer op.End()
	return handler(ctx, request)
}

func (api *API) acceptLines(listener net.Listener) {
	for {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		go api.serveLines(conn)
	}
}

// serveLines answers lines KIND ID LANE, one after the other.
func (api *API) serveLines(conn net.Conn) {
	defer conn.Close()
	lines := bufio.NewReader(conn)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		text, err := api.answer(context.Background(), parse(line))
		if err != nil {
			text = "! " + err.Error()
		}
		if _, err := conn.Write(append([]byte(text), '\n')); err != nil {
			return
		}
	}
}

func parse(line string) Request {
	fields := append(strings.Fields(line), "", "", "")
	id, _ := strconv.Atoi(fields[1])
	lane, _ := strconv.Atoi(fields[2])
	return Request{fields[0], id, lane}
}
