package breakpoint

func copy1024(src, dst [1024]byte)
