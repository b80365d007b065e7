module capture

go 1.21
