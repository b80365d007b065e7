package main

func address(m map[int][1024]byte, k int) *byte {
	return &m[k][0]
}

func main() { address(nil, 0) }
