module tracebook.test/capture

go 1.19
