module tracebook/recorder

go 1.25
