package telephony

// differLine is a line of the difference between two texts.
type differLine struct {
	sign string // "+" only in the second, "-" only in the first, " " in both
	text string
}

// differ compares two texts line by line.
func differ(before, after []string) []differLine {
	common := make([][]int, len(before)+1) // the longest common part of what is left of both
	for i := range common {
		common[i] = make([]int, len(after)+1)
	}
	for i := len(before) - 1; i >= 0; i-- {
		for j := len(after) - 1; j >= 0; j-- {
			common[i][j] = max(common[i+1][j], common[i][j+1])
			if before[i] == after[j] {
				common[i][j] = common[i+1][j+1] + 1
			}
		}
	}
	var lines []differLine
	i, j := 0, 0
	for i < len(before) || j < len(after) {
		switch {
		case i < len(before) && j < len(after) && before[i] == after[j]:
			lines = append(lines, differLine{" ", before[i]})
			i, j = i+1, j+1
		case j == len(after) || i < len(before) && common[i+1][j] >= common[i][j+1]:
			lines = append(lines, differLine{"-", before[i]})
			i++
		default:
			lines = append(lines, differLine{"+", after[j]})
			j++
		}
	}
	return lines
}
