package pricebook

import (
	"fmt"
	"slices"
	"strings"
)

// suggest makes a hint for a word that is none of those known: the nearest of them, or all of them where they are few.
func suggest(word string, known []string) string {
	nearest, distance := "", max(2, len(word)/3)+1
	for _, candidate := range known {
		if d := editDistance(strings.ToLower(word), candidate, distance); d < distance {
			nearest, distance = candidate, d
		}
	}
	switch {
	case nearest != "":
		return fmt.Sprintf("did you mean %s?", nearest)
	case len(known) == 0:
		return ""
	case len(known) <= 12:
		return "write one of " + strings.Join(slices.Sorted(slices.Values(known)), ", ")
	}
	return ""
}

// editDistance counts the insertions, deletions and substitutions between two words, or gives limit where there are at
// least as many.
func editDistance(a, b string, limit int) int {
	if len(a)-len(b) >= limit || len(b)-len(a) >= limit {
		return limit
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost = 1 + min(diagonal, row[j], row[j+1])
			}
			diagonal, row[j+1] = row[j+1], cost
		}
	}
	return min(row[len(b)], limit)
}
