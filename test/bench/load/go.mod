module tracebook.test/load

go 1.22
