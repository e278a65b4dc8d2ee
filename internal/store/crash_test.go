package store_test

const childDSN = "BELLWETHER_STORE_CHILD"

func child(string) {}
