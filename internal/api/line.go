package api

import (
	"bellwether/internal/billing"
	"bellwether/internal/civil"
	"bellwether/internal/money"
	"bellwether/internal/pricing"
)

// Line is one charge or credit with its arithmetic.
type Line struct {
	Kind      pricing.Kind        `json:"kind"`
	Item      string              `json:"item" doc:"The product, number, service or package it is for"`
	Quantity  int64               `json:"quantity"`
	UnitPrice money.Micro         `json:"unit_price" doc:"List price of one, by the month for monthly prices"`
	Amount    money.Micro         `json:"amount" doc:"Negative for a charge"`
	Rule      string              `json:"rule" doc:"The business rule it follows" example:"B-30"`
	Explain   pricing.Explanation `json:"explain"`
}

// DayLine is a line of a usage day that is not closed yet.
type DayLine struct {
	Day civil.Date `json:"day"`
	Line
}

func viewDayLines(lines []billing.DayLine) []DayLine {
	views := make([]DayLine, len(lines))
	for i, l := range lines {
		views[i] = DayLine{l.Day, viewLine(l.Line)}
	}
	return views
}

func viewLine(l pricing.Line) Line {
	return Line{Kind: l.Kind, Item: l.Item, Quantity: l.Quantity, UnitPrice: l.UnitPrice, Amount: l.Amount, Rule: l.Rule, Explain: l.Explain}
}

func viewLines(lines []pricing.Line) []Line {
	views := make([]Line, len(lines))
	for i, l := range lines {
		views[i] = viewLine(l)
	}
	return views
}
