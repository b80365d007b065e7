module shop.example/services

go 1.21

require (
	github.com/lib/pq v1.10.9
	golang.org/x/time v0.5.0
)
