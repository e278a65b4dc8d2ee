package lang

import (
	"errors"
	"strings"
	"time"

	"github.com/nicksnyder/go-i18n/v2/i18n"

	"bellwether/internal/civil"
	"bellwether/internal/errs"
	"bellwether/internal/errs/kept"
	"bellwether/internal/money"
	"bellwether/internal/phone"
)

// Error is what a reader is told of err and what to do about it: by the error's code where a text "error.CODE" exists,
// which then says both, else in the English of the error itself; an error of ours without a code says no more than that it is one.
func (p *Printer) Error(err error) (message, hint string) {
	var e *errs.Error
	if !errors.As(err, &e) || e.Kind == errs.Internal {
		return p.T("error.internal"), p.T("error.internal_hint")
	}
	text, missing := p.says.Localize(&i18n.LocalizeConfig{MessageID: "error." + e.Code, TemplateData: p.params(e.Params)})
	if missing != nil || text == "" {
		return e.Message, e.Hint
	}
	return text, ""
}

// Kept is what a reader is told of an error that was written down: by its code, as Error does; one without a code is quoted as it is,
// for whoever mends the machine.
func (p *Printer) Kept(k kept.Error) string {
	err := k.Err()
	if err == nil {
		return ""
	}
	if errs.KindOf(err) == errs.Internal {
		return p.T("error.kept", Values{"What": k.String()})
	}
	text, _ := p.Error(err)
	return text
}

// params are an error's parameters as the reader's language writes them: amounts in the currency that is named beside them.
func (p *Printer) params(given map[string]any) Values {
	currency, _ := given["currency"].(money.Currency)
	written := Values{}
	for name, value := range given {
		written[name] = p.param(value, currency)
	}
	return isolated(written)
}

func (p *Printer) param(value any, currency money.Currency) any {
	switch value := value.(type) {
	case money.Micro:
		if currency == "" {
			return p.Decimal(value.String())
		}
		return p.Money(value, currency)
	case civil.Date:
		return p.DateLong(value)
	case time.Time:
		return p.DateTime(value)
	case int:
		return p.Int(value)
	case int64:
		return p.Int(int(value))
	case []int64:
		words := make([]string, len(value))
		for i, n := range value {
			words[i] = p.Int(int(n))
		}
		return strings.Join(words, ", ")
	case []string:
		return strings.Join(value, ", ")
	case phone.Number:
		return p.Phone(value)
	case string:
		if strings.HasPrefix(value, "+") {
			return p.Phone(phone.Number(value))
		}
	}
	return value
}
