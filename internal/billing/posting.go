package billing

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/money"
	"bellwether/internal/pricebook"
	"bellwether/internal/pricing"
)

// posting makes a ledger posting of a line. Its key is the usage day, the project and the item: the same line of the same day is
// posted once, however often the day is closed (Rule B-10).
func (sc *scene) posting(line pricing.Line, book *pricebook.Book, day civil.Date, bookedAt time.Time) ledger.Posting {
	explain, err := json.Marshal(line.Explain)
	if err != nil {
		panic(err) // an Explanation holds only strings, numbers and maps of them
	}
	return ledger.Posting{
		Project: sc.project.ID, Key: fmt.Sprintf("%s/%s/%s/%s", day, sc.project.ID, line.Kind, line.Item), Day: day, BookedAt: bookedAt,
		Kind: line.Kind, Item: line.Item, Quantity: line.Quantity, UnitPrice: line.UnitPrice, Amount: line.Amount,
		House: house(line), Rule: line.Rule, Book: book.Ref(), Explain: explain,
		Ref:       "day/" + day.String(),
		BonusPays: BonusPays(book, line.Kind),
	}
}

// house is the account that earns a line: by kind and item, but one for all numbers.
func house(line pricing.Line) string {
	account := "revenue:" + string(line.Kind)
	if strings.HasPrefix(line.Item, "+") {
		return account
	}
	return account + ":" + line.Item
}

// platformKinds are what a bonus pays where the book has no programme of its own (Rule B-14).
var platformKinds = []string{string(pricing.ProductFee), string(pricing.SeatFee), string(pricing.SlotFee), string(pricing.SessionFee), string(pricing.Term)}

// BonusPays reports whether bonus may pay for a kind of charge (Rule B-14).
func BonusPays(book *pricebook.Book, kind pricing.Kind) bool {
	if book.Loyalty != nil {
		return slices.Contains(book.Loyalty.PaysFor, string(kind))
	}
	return slices.Contains(platformKinds, string(kind))
}

func timeKey(id int64) string { return strconv.FormatInt(id, 36) }

// buyAdvance posts the advance charges of what is bought now for this month. What funds do not cover is refused with
// errs.Unpaid `ledger.insufficient_funds`, and with it the purchase (Rule B-39).
func (sc *scene) buyAdvance(ctx context.Context, tariff pricing.Tariff, lines []pricing.Line) error {
	return sc.postAdvance(ctx, tariff, sc.day, lines, sc.mustCover())
}

// postAdvance posts advance charges of the calendar month of a day, leaving out the items the month was charged for
// already (Rule B-39).
func (sc *scene) postAdvance(ctx context.Context, tariff pricing.Tariff, day civil.Date, lines []pricing.Line, mustCover bool) error {
	month := day.FirstOfMonth()
	lines, err := sc.claimMonth(ctx, day, lines)
	if err != nil {
		return err
	}
	if mustCover {
		if err := sc.coverAll(ctx, tariff.Book, lines); err != nil {
			return err
		}
	}
	for _, line := range lines {
		posting := sc.posting(line, tariff.Book, day, sc.at)
		posting.Ref = "month/" + month.String()
		posting.MustCover = mustCover
		posting.Key = advanceKey(sc.project.ID, month, advanceItem(line.Kind, line.Item))
		if _, _, err := sc.batch.Post(ctx, posting); err != nil {
			return err
		}
	}
	return nil
}

// coverAll refuses lines that funds do not cover together, with all that is needed and missing: whoever pays that can buy.
// Bonus pays first what it may, as when each is charged (Rule B-14).
func (sc *scene) coverAll(ctx context.Context, book *pricebook.Book, lines []pricing.Line) error {
	account, err := sc.batch.Account(ctx, sc.project.ID)
	if err != nil {
		return err
	}
	bonus, needed := max(0, account.Bonus), money.Micro(0)
	for _, line := range lines {
		rest := -line.Amount
		if BonusPays(book, line.Kind) {
			paid := min(bonus, max(0, rest))
			bonus, rest = bonus-paid, rest-paid
		}
		needed += rest
	}
	if needed > max(0, account.Available()) {
		return ledger.Insufficient(account, needed)
	}
	return nil
}

// claimMonth notes the items as charged on a day for its month and gives the lines that were not before and cost something.
func (sc *scene) claimMonth(ctx context.Context, day civil.Date, lines []pricing.Line) (fresh []pricing.Line, err error) {
	month := day.FirstOfMonth()
	for _, line := range lines {
		result, err := sc.tx.Exec(ctx, `INSERT INTO billing_advance (project_id, month, item, day, amount, listed) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING`,
			string(sc.project.ID), int64(month), advanceItem(line.Kind, line.Item), int64(day), int64(-line.Amount), int64(line.UnitPrice))
		if err != nil {
			return nil, err
		}
		claimed, err := result.RowsAffected()
		if err != nil {
			return nil, err
		}
		if claimed > 0 && line.Amount != 0 {
			fresh = append(fresh, line)
		}
	}
	return fresh, nil
}

// advanceItem names an advance charge among those of a month, advanceKey the ledger entry it makes.
func advanceItem(kind pricing.Kind, item string) string { return string(kind) + "/" + item }

func advanceKey(id ident.ProjectID, month civil.Date, item string) string {
	return fmt.Sprintf("%s/%s/month/%s", month, id, item)
}

// advanceOf is what the advance charges of a month come to at list prices, without added tax: so minimums are.
func (sc *scene) advanceOf(ctx context.Context, month civil.Date) (money.Micro, error) {
	var total int64
	err := sc.tx.QueryRow(ctx, `SELECT CAST(COALESCE(SUM(listed), 0) AS BIGINT) FROM billing_advance WHERE project_id = $1 AND month = $2`,
		string(sc.project.ID), int64(month)).Scan(&total)
	return money.Micro(total), err
}
