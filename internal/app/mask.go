package app

import (
	"context"
	"log/slog"
	"regexp"

	"bellwether/internal/phone"
)

// masked is a log handler that blots telephone numbers out: a log is read by more people, and kept for longer, than a
// call's record. What writes to the log should leave them out; this is for error texts that quote one.
type masked struct{ slog.Handler }

// mask wraps a logger's handler.
func mask(log *slog.Logger) *slog.Logger { return slog.New(masked{log.Handler()}) }

// telephone is a number with its plus and at least the digits of a short one.
var telephone = regexp.MustCompile(`\+\d{7,15}`)

func blot(text string) string {
	return telephone.ReplaceAllStringFunc(text, func(number string) string { return phone.Number(number).Masked() })
}

// Handle masks a record and passes it on.
func (m masked) Handle(ctx context.Context, r slog.Record) error {
	clean := slog.NewRecord(r.Time, r.Level, blot(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(blotAttr(a))
		return true
	})
	return m.Handler.Handle(ctx, clean)
}

// WithAttrs keeps the mask on loggers made of this one.
func (m masked) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = blotAttr(a)
	}
	return masked{m.Handler.WithAttrs(clean)}
}

// WithGroup keeps the mask on loggers made of this one.
func (m masked) WithGroup(name string) slog.Handler { return masked{m.Handler.WithGroup(name)} }

func blotAttr(a slog.Attr) slog.Attr {
	value := a.Value.Resolve()
	switch value.Kind() {
	case slog.KindString:
		return slog.String(a.Key, blot(value.String()))
	case slog.KindGroup:
		group := value.Group()
		clean := make([]slog.Attr, len(group))
		for i, inner := range group {
			clean[i] = blotAttr(inner)
		}
		return slog.Attr{Key: a.Key, Value: slog.GroupValue(clean...)}
	case slog.KindAny:
		if err, ok := value.Any().(error); ok {
			return slog.String(a.Key, blot(err.Error()))
		}
	}
	return slog.Attr{Key: a.Key, Value: value}
}
