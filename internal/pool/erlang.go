package pool

// Blocked is Erlang B: the share of visits that find none of so many numbers free, where busy numbers would be held at once on
// average (Rule C-10). Both are taken for 0 where they are below.
func Blocked(numbers int, busy float64) float64 {
	if busy <= 0 {
		return 0
	}
	inverse := 1.0 // of the probability, by the usual recursion, which stays in range
	for k := 1; k <= numbers; k++ {
		inverse = 1 + inverse*float64(k)/busy
	}
	return 1 / inverse
}

// mostNumbers is how many numbers a pool has at most.
const mostNumbers = 100_000

// Lines is the least number of numbers with which at most a share of visits finds none free: Erlang B the other way round
// (Rule C-10).
func Lines(busy, share float64) int {
	inverse, most := 1.0, 1/share
	for k := 0; ; k++ {
		if busy <= 0 || inverse >= most || k == mostNumbers {
			return k
		}
		inverse = 1 + inverse*float64(k+1)/busy
	}
}
