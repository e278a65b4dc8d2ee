package lang_test

import (
	"errors"
	"testing"
	"time"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/lang"
	"bellwether/internal/money"
)

// Blanks in the wanted texts are plain where the writer puts no-break ones.
func plain(s string) string {
	var out []rune
	for _, c := range s {
		if c == '\u00a0' {
			c = ' '
		}
		out = append(out, c)
	}
	return string(out)
}

func check(t *testing.T, what, got, want string) {
	t.Helper()
	if plain(got) != want {
		t.Errorf("%s: %q, want %q", what, plain(got), want)
	}
}

// Amounts as each language writes them; rounded halves away from zero (Rule B-02).
func TestMoney(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		amount     string
		currency   money.Currency
		en, ru, uk string
	}{
		{"1234.5", "UAH", "1,234.50 ₴", "1 234,50 ₴", "1 234,50 ₴"},
		{"-12.4", "RUB", "−12.40 ₽", "−12,40 ₽", "−12,40 ₽"},
		{"-12.4", "USD", "−$12.40", "−12,40 $", "−12,40 $"},
		{"1234567.005", "EUR", "€1,234,567.01", "1 234 567,01 €", "1 234 567,01 €"},
		{"-0.004", "UAH", "0.00 ₴", "0,00 ₴", "0,00 ₴"},
		{"-0.005", "UAH", "−0.01 ₴", "−0,01 ₴", "−0,01 ₴"},
		{"999.5", "JPY", "1,000 JPY", "1 000 JPY", "1 000 JPY"},
		{"1.2345", "KWD", "1.235 KWD", "1,235 KWD", "1,235 KWD"},
	} {
		amount := money.MustParse(c.amount)
		for l, want := range map[lang.Lang]string{lang.English: c.en, lang.Russian: c.ru, lang.Ukrainian: c.uk} {
			check(t, c.amount+" "+string(c.currency)+" in "+string(l), lang.For(l, nil).Money(amount, c.currency), want)
		}
	}
	en, uk := lang.For(lang.English, nil), lang.For(lang.Ukrainian, nil)
	check(t, "exact", uk.MoneyExact(money.MustParse("-0.195083"), "UAH"), "−0,195083 ₴")
	check(t, "exact with the minor unit's decimals", en.MoneyExact(money.MustParse("98.5"), "USD"), "$98.50")
	check(t, "came", uk.MoneySigned(money.MustParse("500"), "UAH"), "+500,00 ₴")
	check(t, "neither came nor went", uk.MoneySigned(money.MustParse("0.001"), "UAH"), "0,00 ₴")
	check(t, "whole", en.MoneyWhole(money.MustParse("1499.5"), "USD"), "$1,500")
}

func TestNumbersAndShares(t *testing.T) {
	t.Parallel()
	en, ru := lang.For(lang.English, nil), lang.For(lang.Russian, nil)
	check(t, "million", en.Int(1234567), "1,234,567")
	check(t, "thousand", ru.Int(-1204), "−1 204")
	check(t, "hundred", ru.Int(999), "999")
	check(t, "share", en.Percent(1250, false), "12.5%")
	check(t, "fall", ru.Percent(-1254, true), "−12,5 %")
	check(t, "rise", ru.Percent(2300, true), "+23 %")
	check(t, "nothing", ru.Percent(-4, true), "0 %")
}

func TestPlurals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		count      int
		en, ru, uk string
	}{
		{1, "1 day left", "хватит на 1 день", "вистачить на 1 день"},
		{2, "2 days left", "хватит на 2 дня", "вистачить на 2 дні"},
		{5, "5 days left", "хватит на 5 дней", "вистачить на 5 днів"},
		{11, "11 days left", "хватит на 11 дней", "вистачить на 11 днів"},
		{21, "21 days left", "хватит на 21 день", "вистачить на 21 день"},
		{1024, "1,024 days left", "хватит на 1 024 дня", "вистачить на 1 024 дні"},
	} {
		for l, want := range map[lang.Lang]string{lang.English: c.en, lang.Russian: c.ru, lang.Ukrainian: c.uk} {
			check(t, string(l), lang.For(l, nil).N("balance.days", c.count), want)
		}
	}
}

func TestDates(t *testing.T) {
	t.Parallel()
	kyiv, err := time.LoadLocation("Europe/Kyiv")
	if err != nil {
		t.Fatal(err)
	}
	en, ru, uk := lang.For(lang.English, kyiv), lang.For(lang.Russian, kyiv), lang.For(lang.Ukrainian, kyiv)
	day := civil.MustParseDate("2026-11-02")
	check(t, "en", en.Date(day), "02 Nov 2026")
	check(t, "uk", uk.Date(day), "02.11.2026")
	check(t, "ru long", ru.DateLong(day), "2 ноября 2026")
	check(t, "uk long", uk.DateLong(day), "2 листопада 2026")
	check(t, "en long", en.DateLong(day), "2 November 2026")
	check(t, "uk month", uk.Month(day), "листопад 2026")
	check(t, "ru weekday", ru.Weekday(day), "пн")
	check(t, "within a month", uk.DateRange(day, day+20, day), "2–22 листоп.")
	check(t, "over months", en.DateRange(day-5, day, day), "28 Oct – 2 Nov")
	check(t, "within a month of last year", en.DateRange(day-400, day-399, day), "28–29 Sep 2025")
	check(t, "over years", ru.DateRange(day-400, day, day), "28 сент. 2025 – 2 нояб. 2026")
	check(t, "one day", ru.DateRange(day, day, day), "2 нояб.")
	// 23:30 UTC is the next day in Kyiv.
	night := time.Date(2026, 11, 2, 23, 30, 0, 0, time.UTC)
	check(t, "instant", uk.DateTime(night), "03.11.2026 01:30")
	check(t, "zone", uk.ZoneName(night), "Europe/Kyiv (UTC+2)")
	check(t, "no zone", lang.For(lang.English, nil).ZoneName(night), "UTC")
}

func TestDurations(t *testing.T) {
	t.Parallel()
	en, uk := lang.For(lang.English, nil), lang.For(lang.Ukrainian, nil)
	check(t, "clock", en.Clock(187*time.Second+900*time.Millisecond), "3:07")
	check(t, "long clock", en.Clock(3765*time.Second), "1:02:45")
	check(t, "seconds", uk.Duration(40*time.Second), "40 с")
	check(t, "two parts", en.Duration(2*time.Hour+5*time.Minute+9*time.Second), "2 h 5 min")
	check(t, "days", uk.Duration(76*time.Hour), "3 дні 4 год")
	check(t, "whole", uk.Duration(2*time.Hour), "2 год")
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	check(t, "now", uk.Ago(now.Add(-20*time.Second), now), "щойно")
	check(t, "past", uk.Ago(now.Add(-5*time.Minute), now), "5 хв тому")
	check(t, "future", en.Ago(now.Add(50*time.Hour), now), "in 2 days")
}

func TestPhones(t *testing.T) {
	t.Parallel()
	p := lang.For(lang.Ukrainian, nil)
	check(t, "Kyiv", p.Phone("+380441234567"), "+380 44 123 4567")
	check(t, "Lviv", p.Phone("+380322337730"), "+380 32 233 7730")
	check(t, "mobile", p.Phone("+380671234567"), "+380 67 123 4567")
	check(t, "free", p.Phone("+380800123456"), "+380 800 123 456")
	check(t, "America", p.Phone("+14155552671"), "+1 415 555 2671")
	check(t, "nonsense", p.Phone("=cmd()"), "=cmd()")
}

func TestLanguageIsChosen(t *testing.T) {
	t.Parallel()
	for header, want := range map[string]lang.Lang{
		"uk-UA,uk;q=0.9,en;q=0.8": lang.Ukrainian, "ru": lang.Russian, "de,ru;q=0.5": lang.Russian, "fr": lang.English, "": lang.English, ";;;": lang.English,
	} {
		if got := lang.Match(header); got != want {
			t.Errorf("%q: %s, want %s", header, got, want)
		}
	}
	if _, ok := lang.Parse("xx"); ok {
		t.Error("xx is no language of ours")
	}
}

func TestErrorsAreTranslatedByTheirCode(t *testing.T) {
	t.Parallel()
	p := lang.For(lang.Ukrainian, nil)
	known, _ := p.Error(errs.New(errs.Denied, "web.other_site", "in English"))
	if known == "in English" || known == "" {
		t.Errorf("got %q, want the Ukrainian text", known)
	}
	unknown, hint := p.Error(errs.New(errs.Invalid, "never.translated", "in English").Try("so"))
	if unknown != "in English" || hint != "so" {
		t.Errorf("got %q, %q", unknown, hint)
	}
	secret, _ := p.Error(errors.New("password=1234"))
	check(t, "a foreign error", secret, "Щось зламалося на нашому боці")
}
