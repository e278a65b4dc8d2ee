package archtest

import (
	"cmp"
	"fmt"
	"slices"
)

// Finding is one departure from a convention.
type Finding struct {
	Where   string // file with line, package or table row
	Message string // what is wrong and what would be right
}

func (f Finding) String() string { return f.Where + ": " + f.Message }

// check looks at the whole tree and reports what departs from one convention.
type check func(*tree, reporter)

type reporter func(where, format string, args ...any)

var checks = []check{
	packagesMatchTheTable,
	importsFollowTheRings,
	lowerRingsArePure,
	packagesAreDocumented,
	exportedNamesAreDocumented,
	rulesAreCited,
	tablesHaveOneOwner,
	dependenciesAreListed,
	testsDoNotSleep,
	sizesAreKept,
	noMachineIsNamed,
}

// Check reads the module at root and returns every finding, in order of place.
func Check(root string) ([]Finding, error) {
	t, err := readTree(root)
	if err != nil {
		return nil, err
	}
	var findings []Finding
	for _, c := range checks {
		c(t, func(where, format string, args ...any) {
			findings = append(findings, Finding{where, fmt.Sprintf(format, args...)})
		})
	}
	slices.SortStableFunc(findings, func(a, b Finding) int { return cmp.Compare(a.Where, b.Where) })
	return findings, nil
}
