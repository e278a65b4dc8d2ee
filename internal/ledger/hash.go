package ledger

import (
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"

	"bellwether/internal/ident"
	"bellwether/internal/money"
)

// What is hashed is written field after field: integers as eight bytes, text with its length before it. A prefix says what
// kind of thing it is and in which version of the encoding, so that no two things ever encode alike.

func appendText(b []byte, text string) []byte {
	b = binary.AppendUvarint(b, uint64(len(text)))
	return append(b, text...)
}

func appendInts(b []byte, values ...int64) []byte {
	for _, v := range values {
		b = binary.BigEndian.AppendUint64(b, uint64(v))
	}
	return b
}

// hashOf is how hashes are stored: SHA-256 in unpadded base64, 43 letters.
func hashOf(b []byte) string {
	sum := sha256.Sum256(b)
	return base64.RawStdEncoding.EncodeToString(sum[:])
}

// appendRequest writes what the caller asked, for the comparison of requests under one key (Rule B-04). BookedAt, BonusPays
// and MustCover are not part of it: they say when and how strictly to post, not what.
func appendRequest(b []byte, p *Posting, hold ident.HoldID) []byte {
	b = append(b, "posting 1 "...)
	for _, text := range [...]string{string(p.Project), p.Key, string(p.Kind), p.Item, string(p.Into), p.House, p.Ref, p.Rule, p.Book} {
		b = appendText(b, text)
	}
	b = binary.AppendUvarint(b, uint64(len(p.Explain)))
	b = append(b, p.Explain...)
	if p.Into == Divided {
		b = appendInts(b, int64(p.Split.Cash), int64(p.Split.Bonus), int64(p.Split.Credit))
	}
	return appendInts(b, int64(p.Day), p.Quantity, int64(p.UnitPrice), int64(p.Amount), int64(p.Reverses), int64(hold))
}

// requestFits reports whether the entry's request hash belongs to the entry. The row does not say which fund the request
// named, so each is tried.
func requestFits(e *Entry, scratch []byte) bool {
	p := Posting{
		Project: e.Project, Key: e.Key, Day: e.Day, Kind: e.Kind, Item: e.Item, Quantity: e.Quantity, UnitPrice: e.UnitPrice,
		Amount: e.Amount, House: e.House, Ref: e.Ref, Rule: e.Rule, Book: e.Book, Explain: e.Explain, Reverses: e.Reverses,
		Split: Split{Cash: e.Cash, Bonus: e.Bonus, Credit: e.Credit},
	}
	for _, fund := range [...]Fund{"", Cash, Bonus, Credit, Divided} {
		p.Into = fund
		if hashOf(appendRequest(scratch[:0], &p, e.Hold)) == e.requestHash {
			return true
		}
	}
	return false
}

// chain is the hash that seals an entry: over the hash before it and every column of its row (Rule B-06).
func chain(scratch []byte, previous string, e *Entry) string {
	b := append(scratch[:0], "entry 1 "...)
	for _, text := range [...]string{
		previous, string(e.Project), e.Key, e.requestHash, string(e.Kind), e.Item, e.House, e.Ref, e.Rule, e.Book,
	} {
		b = appendText(b, text)
	}
	b = binary.AppendUvarint(b, uint64(len(e.Explain)))
	b = append(b, e.Explain...)
	b = appendInts(b, int64(e.ID), e.Seq, int64(e.Day), e.BookedAt.UnixMicro(), e.Quantity, int64(e.UnitPrice), int64(e.Amount),
		int64(e.Cash), int64(e.Bonus), int64(e.Credit), int64(e.BalanceAfter), int64(e.Reverses), int64(e.Hold))
	return hashOf(b)
}

// genesis is the hash before a project's first entry. It binds the chain to the currency, which entries do not repeat.
func genesis(project ident.ProjectID, currency money.Currency) string {
	b := append([]byte(nil), "account chain 1 "...)
	b = appendText(b, string(project))
	return hashOf(appendText(b, string(currency)))
}
