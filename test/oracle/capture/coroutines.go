//go:build go1.23

package main

import "iter"

func init() {
	extras = append(extras, coroutines)
}

// coroutines switches between goroutines without the scheduler.
func coroutines() {
	count := func(yield func(int) bool) {
		for i := 0; yield(i); i++ {
		}
	}
	next, stop := iter.Pull(count)
	for i := 0; i < 8; i++ {
		next()
	}
	stop()
	next, stop = iter.Pull(func(yield func(int) bool) { _ = yield(1) && yield(2) })
	for ok := true; ok; {
		_, ok = next()
	}
	stop()
}
