package approval

import (
	"context"
	"slices"

	"bellwether/internal/money"
	"bellwether/internal/project"
	"bellwether/internal/store"
)

// Unlimited lists the currencies of projects in which one signature books any amount, because nobody has set a limit (Rule O-01).
func Unlimited(ctx context.Context, q store.Querier) ([]money.Currency, error) {
	used, err := project.Currencies(ctx, q)
	if err != nil {
		return nil, err
	}
	limits, err := Limits(ctx, q)
	return slices.DeleteFunc(used, func(c money.Currency) bool {
		return slices.ContainsFunc(limits, func(l LimitOf) bool { return l.Currency == c && l.Amount != NoLimit })
	}), err
}
