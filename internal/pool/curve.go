package pool

import (
	"math"
	"slices"
)

// curvePoints is how many points a curve has besides the answer.
const curvePoints = 40

// curve is at which numbers of numbers to look: from half the lines to four times the answer, in even proportions, with both in it.
func curve(lines, answer int) []int {
	low, high := float64(max(lines/2, 1)), float64(min(4*answer, mostNumbers))
	numbers := []int{lines, answer}
	for i := range curvePoints {
		numbers = append(numbers, int(math.Round(low*math.Pow(high/low, float64(i)/(curvePoints-1)))))
	}
	slices.Sort(numbers)
	return slices.Compact(numbers)
}
