// Command escape holds the shapes whose place, stack or heap, chapter 2.1 is about, and counts their allocations.
package main

// Returned is a map of small arrays that its function returns.
//
//go:noinline
func Returned() map[string][4]int {
	m := make(map[string][4]int)
	m["key"] = [4]int{1, 2, 3, 4}
	return m
}

//go:noinline
func Local32() int {
	m := make(map[string][4]int)
	m["key"] = [4]int{1, 2, 3, 4}
	return m["key"][0]
}

//go:noinline
func Local128() byte {
	m := make(map[int][128]byte)
	m[1] = [128]byte{1}
	return m[1][0]
}

//go:noinline
func Local129() byte {
	m := make(map[int][129]byte)
	m[1] = [129]byte{1}
	return m[1][0]
}

//go:noinline
func Local1024() byte {
	m := make(map[int][1024]byte)
	m[1] = [1024]byte{1}
	return m[1][0]
}

//go:noinline
func Array128() byte {
	var a [128]byte
	a[3] = 1
	b := a
	return b[3]
}

//go:noinline
func Array129() byte {
	var a [129]byte
	a[3] = 1
	b := a
	return b[3]
}

//go:noinline
func Array1KiB() byte {
	var a [1 << 10]byte
	a[3] = 1
	b := a
	return b[3]
}

//go:noinline
func Array64KiB() byte {
	var a [64 << 10]byte
	a[3] = 1
	return a[4]
}

//go:noinline
func Array128KiB() byte {
	var a [128 << 10]byte
	a[3] = 1
	return a[4]
}

//go:noinline
func Array129KiB() byte {
	var a [129 << 10]byte
	a[3] = 1
	return a[4]
}

//go:noinline
func Array1MiB() byte {
	var a [1 << 20]byte
	a[3] = 1
	return a[4]
}

//go:noinline
func Array11MiB() byte {
	var a [11 << 20]byte
	a[3] = 1
	return a[4]
}

// AddressOfCopy is as near as Go comes to taking the address of a map's value: it takes that of a copy.
//
//go:noinline
func AddressOfCopy() *byte {
	m := make(map[int][1024]byte)
	m[1] = [1024]byte{1}
	v := m[1]
	return &v[0]
}
