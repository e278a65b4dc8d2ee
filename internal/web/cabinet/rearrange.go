package cabinet

// Rearrange moves or drops the element of a list that a button of an editor stands beside: "up", "down", "drop". A verb or a
// place it does not know leaves the list as it is: the form may have been drawn before the list got shorter.
func Rearrange[T any](list []T, verb string, at int) []T {
	if at < 0 || at >= len(list) {
		return list
	}
	to := at
	switch verb {
	case "up":
		to--
	case "down":
		to++
	case "drop":
		return append(list[:at:at], list[at+1:]...)
	}
	if to >= 0 && to < len(list) {
		list[at], list[to] = list[to], list[at]
	}
	return list
}
