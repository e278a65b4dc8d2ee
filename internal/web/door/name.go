package door

import (
	"context"
	"strconv"
	"strings"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// latin writes Russian and Ukrainian letters with Latin ones, as addresses do.
var latin = strings.NewReplacer(
	"а", "a", "б", "b", "в", "v", "г", "h", "ґ", "g", "д", "d", "е", "e", "ё", "e", "є", "ie", "ж", "zh", "з", "z", "и", "y", "і", "i", "ї", "i", "й", "i",
	"к", "k", "л", "l", "м", "m", "н", "n", "о", "o", "п", "p", "р", "r", "с", "s", "т", "t", "у", "u", "ф", "f", "х", "kh", "ц", "ts", "ч", "ch",
	"ш", "sh", "щ", "shch", "ъ", "", "ы", "y", "ь", "", "э", "e", "ю", "iu", "я", "ia", "'", "", "’", "",
)

// longestSlug leaves room for a number behind it.
const longestSlug = 40

// slug makes an identifier of a company's name; "project" where nothing of it can stand in one.
func slug(name string) string {
	var out strings.Builder
	dash := false
	for _, c := range latin.Replace(strings.ToLower(name)) {
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			if dash && out.Len() > 0 {
				out.WriteByte('-')
			}
			out.WriteRune(c)
			dash = false
		} else {
			dash = true
		}
		if out.Len() >= longestSlug {
			break
		}
	}
	if out.Len() == 0 {
		return "project"
	}
	return out.String()
}

// freeID is the first identifier of a company's name that no project has.
func (d *door) freeID(ctx context.Context, q store.Querier, name string) (ident.ProjectID, error) {
	base := slug(name)
	for n := 1; ; n++ {
		id := ident.ProjectID(base)
		if n > 1 {
			id = ident.ProjectID(base + "-" + strconv.Itoa(n))
		}
		if id == d.Demo.Project {
			continue
		}
		_, err := d.Projects.Get(ctx, q, id)
		if errs.KindOf(err) == errs.NotFound {
			return id, nil
		}
		if err != nil {
			return "", err
		}
	}
}
