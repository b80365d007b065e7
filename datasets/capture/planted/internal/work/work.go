// Package work finds out how much of a piece of work takes how long on this machine.
package work

import "time"

// Rounds is how many calls of one take about target. It measures for a few milliseconds, before the run.
func Rounds(one func(), target time.Duration) int {
	best := time.Hour
	for try := 0; try < 5; try++ {
		begin, n := time.Now(), 0
		for time.Since(begin) < 2*time.Millisecond {
			one()
			n++
		}
		if each := time.Since(begin) / time.Duration(n); each < best {
			best = each
		}
	}
	if best <= 0 {
		best = 1
	}
	return int(target/best) + 1
}
