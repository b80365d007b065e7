// Package peer is what the service depends on, in a process of its own: a service that answers, now and then late.
package peer

import (
	"bufio"
	"fmt"
	"math/rand"
	"net"
	"net/http"
	"strings"
	"time"
)

// Manner is how a peer answers.
type Manner struct {
	Usual  time.Duration // how long an answer takes, give or take a quarter
	Late   time.Duration // how long a late one takes
	OneIn  int           // of so many answers one is late; 0: none
	Refuse bool          // a late one is refused at once instead
}

// Serve answers HTTP on one listener and lines on the other.
func Serve(web, lines net.Listener, manner Manner) {
	go http.Serve(web, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, manner.answer(r.URL.Path))
	}))
	for {
		conn, err := lines.Accept()
		if err != nil {
			return
		}
		go serveLines(conn, manner)
	}
}

func serveLines(conn net.Conn, manner Manner) {
	defer conn.Close()
	input := bufio.NewReader(conn)
	for {
		line, err := input.ReadString('\n')
		if err != nil {
			return
		}
		fmt.Fprintln(conn, manner.answer(strings.TrimSpace(line)))
	}
}

// What is asked for and begins with "always" is late each time; "never", never.
func (m Manner) answer(asked string) string {
	asked = strings.TrimPrefix(asked, "/")
	late := m.OneIn > 0 && rand.Intn(m.OneIn) == 0
	late = strings.HasPrefix(asked, "always") || late && !strings.HasPrefix(asked, "never")
	if late && m.Refuse {
		return "busy"
	}
	pause := m.Usual*3/4 + time.Duration(rand.Int63n(int64(m.Usual)/2+1))
	if late {
		pause = m.Late
	}
	time.Sleep(pause)
	return "fine"
}
