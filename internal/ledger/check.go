package ledger

import (
	"bytes"
	"time"
	"unicode/utf8"

	"bellwether/internal/errs"
	"bellwether/internal/pricing"
)

const (
	longestKey  = 200     // bytes
	longestText = 1_000   // bytes of an item, reference and the like
	longestNote = 1 << 16 // bytes of an explanation
)

// check refuses what no account could take, or what one engine could not store.
func (p *Posting) check() error {
	if err := checkKey(p.Key); err != nil {
		return err
	}
	switch p.Into {
	case "", Cash, Bonus, Credit:
	case Divided:
		if p.Split.sum() != p.Amount || min(p.Split.Cash, p.Split.Bonus, p.Split.Credit) < 0 {
			return invalid("split", "the parts of a divided amount are not negative and sum to it")
		}
	default:
		return invalid("into", "there is no such fund").Try("name cash, bonus or credit")
	}
	switch {
	case p.Amount > 0 && p.Into == "" && p.Reverses == 0:
		return invalid("into", "a positive amount needs a fund to go into").Try("name cash, bonus or credit")
	case p.Reverses != 0 && p.Into != "":
		return invalid("into", "a reversal gives back to the funds it came from").Try("name none")
	case !within(p.Amount) || p.Amount == -limit:
		return invalid("amount", "the amount passes what the ledger can hold")
	case p.House == "":
		return invalid("house", "an entry needs a house account to take the other side")
	case p.Kind == pricing.Call && p.House != CallHouse:
		return invalid("house", "the house account of calls is "+CallHouse)
	case p.Kind == "" || !knownKinds[p.Kind]:
		return invalid("kind", "there is no such kind of entry")
	}
	if err := checkInstant("booked_at", p.BookedAt); err != nil {
		return err
	}
	return p.checkTexts()
}

func (p *Posting) checkTexts() error {
	for _, text := range [...]struct{ field, value string }{
		{"item", p.Item}, {"house", p.House}, {"ref", p.Ref}, {"rule", p.Rule}, {"book", p.Book},
	} {
		if len(text.value) > longestText || !storable(text.value) {
			return invalid(text.field, "the text is too long or not UTF-8")
		}
	}
	if len(p.Explain) > longestNote || bytes.IndexByte(p.Explain, 0) >= 0 || !utf8.Valid(p.Explain) {
		return invalid("explain", "the explanation is too long or not UTF-8")
	}
	return nil
}

var knownKinds = func() map[pricing.Kind]bool {
	known := map[pricing.Kind]bool{}
	for _, kind := range pricing.Kinds {
		known[kind] = true
	}
	return known
}()

func checkKey(key string) error {
	if key == "" || len(key) > longestKey || !storable(key) {
		return invalid("key", "an idempotency key is 1 to 200 bytes of UTF-8")
	}
	return nil
}

// lastInstant keeps identifiers, which are made of instants, far from the end of their range.
var lastInstant = time.Date(2500, 1, 1, 0, 0, 0, 0, time.UTC)

func checkInstant(field string, at time.Time) error {
	if at.Unix() < 0 || at.After(lastInstant) {
		return invalid(field, "the instant is missing or out of range")
	}
	return nil
}

func invalid(field, message string) *errs.Error {
	return errs.New(errs.Invalid, "ledger.invalid", "%s", message).At(field)
}

// micros is the instant as it is stored.
func micros(at time.Time) time.Time { return at.Truncate(time.Microsecond).UTC() }
