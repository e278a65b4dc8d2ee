package pricebook

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/rating"
)

func (p Product) outline() outline {
	o := outline{}.with("name", quoted(p.Name)).with("title", p.Title.outline()).with("monthly", p.Monthly.outline()).
		with("includes", outlines(p.Includes, Text.outline)).with("needs", words(p.Needs)).with("included_with", words(p.IncludedWith))
	if s := p.Seats; s != nil {
		o = o.with("seats", outline{}.with("included", number(s.Included)).with("monthly", s.Monthly.outline()).sample(s.Sample))
	}
	if s := p.Slots; s != nil {
		o = o.with("slots", outline{}.with("included", number(s.Included)).with("use", plain(s.Use)).with("monthly", s.Monthly.outline()).sample(s.Sample))
	}
	if s := p.Sessions; s != nil {
		o = o.with("sessions", outline{}.with("included", number(s.Included)).with("period", plain(s.Period)).with("each", s.Each.outline()).sample(s.Sample))
	}
	return o.sample(p.Sample).with("source", quoted(p.Source))
}

func (m NumberMatch) outline() outline {
	return outline{}.with("owner", plain(m.Owner)).with("kinds", words(m.Kinds)).with("use", plain(m.Use)).with("prefixes", words(m.Prefixes))
}

func (r NumberRule) outline() outline {
	return outline{}.with("name", quoted(r.Name)).with("match", r.Match.outline()).with("monthly", r.Monthly.outline()).
		with("charged", plain(r.Charged)).with("kind", plain(r.Kind)).sample(r.Sample)
}

func (r ServiceRule) outline() outline {
	return outline{}.with("name", quoted(r.Name)).with("title", r.Title.outline()).with("match", r.Match.outline()).
		with("monthly", r.Monthly.outline()).sample(r.Sample)
}

func (r MinimumRule) outline() outline {
	return outline{}.with("name", quoted(r.Name)).with("match", r.Match.outline()).with("amount", r.Amount.outline()).sample(r.Sample)
}

func (p Package) outline() outline {
	return outline{}.with("name", quoted(p.Name)).with("title", p.Title.outline()).with("included", number(p.Included)).
		with("overage", p.Overage.outline()).with("first_seconds", number(p.First)).with("next_seconds", number(p.Next)).
		with("larger", outlines(p.Larger, func(l LargerPackage) outline {
			return outline{}.with("minutes", number(l.Minutes)).with("price", l.Price.outline()).sample(l.Sample)
		})).sample(p.Sample)
}

func (r LegRule) outline() outline {
	return outline{}.with("name", quoted(r.Name)).with("legs", words(r.Legs)).with("to", plain(r.To)).
		with("number_owner", plain(r.NumberOwner)).with("charge", plain(r.Charge)).with("package", quoted(r.Package)).
		with("card", quoted(r.Card)).with("by", plain(r.By))
}

func ratesOutline(cards []RateCard) outline {
	var o outline
	for _, card := range cards {
		o = o.with(card.Name, outline{}.with("bands", outlines(card.Bands, bandOutline)).with("rows", outlines(card.rows, rowOutline)).sample(card.Sample))
	}
	return o
}

func bandOutline(b rating.Band) outline {
	days := make([]string, len(b.Days))
	for i, day := range b.Days {
		days[i] = weekdayNames[day]
	}
	return outline{}.with("name", quoted(b.Name)).with("days", quoted(strings.Join(days, ", "))).
		with("from", timeOfDay(b.From)).with("to", timeOfDay(b.To))
}

func timeOfDay(minutes int) quoted { return quoted(fmt.Sprintf("%02d:%02d", minutes/60, minutes%60)) }

func rowOutline(r rating.Row) outline {
	o := outline{}.with("prefix", quoted(r.Prefix)).with("zone", quoted(r.Zone)).with("connect", amount(r.Connect)).
		with("per_minute", amount(r.PerMinute)).with("minimum", amount(r.Minimum)).with("currency", quoted(r.Currency)).
		with("free_seconds", number(r.Free)).with("first_seconds", number(r.First)).with("next_seconds", number(r.Next)).
		with("band", quoted(r.Band))
	if r.From != 0 {
		o = o.with("from", quoted(r.From.String()))
	}
	return o
}

func (l *Loyalty) outline() outline {
	if l == nil {
		return nil
	}
	return outline{}.with("methods", words(l.Methods)).
		with("months", outlines(l.Months, func(m LoyaltyMonths) outline {
			return outline{}.with("days", number(m.Days)).with("months", number(m.Months))
		})).
		with("cap", l.Cap.plain()).with("applies", plain(l.Applies)).with("combine", plain(l.Combine)).
		flag("requires_product", l.RequiresProduct).with("pays_for", words(l.PaysFor))
}

func (t LongTerm) outline() outline {
	return outline{}.with("days", number(t.Days)).with("off", t.Off.plain()).sample(t.Sample)
}

func (t *Terms) outline() outline {
	if t == nil {
		return nil
	}
	return outline{}.with("month_days", number(t.MonthDays)).
		with("lengths", outlines(t.Lengths, func(l TermLength) outline {
			return outline{}.with("months", number(l.Months)).with("off", l.Off.plain()).sample(l.Sample)
		})).
		with("plans", outlines(t.Plans, Plan.outline)).with("extra_user", t.ExtraUser.outline()).sample(t.Sample)
}

func (p Plan) outline() outline {
	free := number(p.FreeUsers)
	if p.FreeUsers == Unlimited {
		free = unlimitedWord
	}
	return outline{}.with("name", quoted(p.Name)).with("title", p.Title.outline()).with("monthly", p.Monthly.outline()).
		with("free_users", free).sample(p.Sample)
}

func (t AgencyTier) outline() outline {
	return outline{}.with("from", t.From.outline()).with("off", t.Off.plain()).sample(t.Sample)
}

func (t Tax) outline() outline {
	return outline{}.with("country", quoted(t.Country)).with("kind", quoted(t.Kind)).with("rate", t.Rate.plain()).
		flag("included", t.Included).sample(t.Sample)
}

func (l Lifecycle) outline() outline {
	return outline{}.with("low_days", number(l.LowDays)).with("grace_days", number(l.GraceDays)).with("unpaid_days", number(l.UnpaidDays)).
		with("quarantine_days", number(l.QuarantineDays)).with("release_days", number(l.ReleaseDays)).
		with("open_leg_wait", seconds(l.OpenLegWait)).with("record_wait", seconds(l.RecordWait)).sample(l.Sample)
}

func seconds(d time.Duration) plain { return number(int64(d/time.Second)) + "s" }

func (l Limits) outline() outline {
	if len(l.PerMinute) == 0 {
		return nil
	}
	return outline{}.with("per_minute", l.PerMinute.outline()).with("per_day", l.PerDay.outline()).
		with("concurrent_calls", number(l.ConcurrentCalls)).with("countries", append(sequence{}, words(l.Countries)...)).
		with("refuse_premium", plain(strconv.FormatBool(l.RefusePremium))).
		with("quantum", seconds(l.Quantum)).with("extend_ahead", seconds(l.ExtendAhead)).sample(l.Sample)
}
