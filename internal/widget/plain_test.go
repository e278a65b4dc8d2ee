package widget

import (
	"bytes"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/errs"
)

const plainBody = `{"k":"abc","e":"page","c":2,"v":"","s":"","u":"https://shop.example/?gclid=1","r":"","lu":"https://shop.example/?gclid=1","lr":"",` +
	`"l":"uk","z":"Europe/Kyiv","w":412,"x":{"city":"Kyiv"},"d":["t1","t2"],"p":"p1","i":"h1"}`

// What the tag writes is read without encoding/json; what is odd is left to it. Rule C-80.
func TestPlainHits(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		body  string
		plain bool
	}{
		"the tag's":               {plainBody, true},
		"with a line's end":       {plainBody + "\n", true},
		"an unknown field":        {strings.Replace(plainBody, `"e"`, `"hack":1,"e"`, 1), false},
		"a field twice":           {strings.Replace(plainBody, `"c":2`, `"c":2,"c":0`, 1), false},
		"a name in capitals":      {strings.Replace(plainBody, `"k"`, `"K"`, 1), false},
		"a part of the names":     {strings.Replace(plainBody, `"k"`, `"k e"`, 1), false},
		"an escape":               {strings.Replace(plainBody, "Kyiv", `Ky\u0069v`, 1), false},
		"other letters":           {strings.Replace(plainBody, "Kyiv", "Київ", 1), false},
		"a leading zero":          {strings.Replace(plainBody, "412", "0412", 1), false},
		"a fraction":              {strings.Replace(plainBody, "412", "412.5", 1), false},
		"a large number":          {strings.Replace(plainBody, "412", "4123456", 1), false},
		"a value that is no text": {strings.Replace(plainBody, `"Kyiv"}`, `true}`, 1), false},
		"a lead":                  {strings.Replace(plainBody, `"i"`, `"lead":{},"i"`, 1), false},
		"something behind":        {plainBody + "{}", false},
		"broken off":              {plainBody[:50], false},
		"a comma too many":        {strings.Replace(plainBody, `"h1"}`, `"h1",}`, 1), false},
		"nothing":                 {"", false},
	} {
		if _, plain := plainHit(c.body); plain != c.plain {
			t.Errorf("%s: plain %v", name, plain)
		}
	}
}

// Whatever strangers send, both ways of reading agree, and nothing is an error of ours. Rule C-80.
func FuzzHit(f *testing.F) {
	for _, seed := range []string{plainBody, `{}`, `{"k":"a","x":{},"d":[]}`, `{"k":"a","x":{"a":"b","a":"c"}}`, `{"w":-1}`, `{"x":null}`, `[]`, `{"lead":{"kind":"tel"}}`, "\xff", `{"k":"` + strings.Repeat("x", 9000) + `"}`} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		var buffer bytes.Buffer
		read, err := readHit(httptest.NewRequest("POST", HitPath, strings.NewReader(body)), &buffer)
		if err != nil && errs.KindOf(err) != errs.Invalid {
			t.Errorf("%q: %v", body, err)
		}
		plain, ok := plainHit(body)
		if !ok || len(body) > mostBody {
			return
		}
		strict, err := strictHit(bytes.NewBufferString(body))
		if err != nil {
			t.Fatalf("%q is plain, and refused: %v", body, err)
		}
		if diff := cmp.Diff(strict, plain); diff != "" {
			t.Errorf("%q: %s", body, diff)
		}
		if diff := cmp.Diff(read, plain); diff != "" {
			t.Errorf("%q: %s", body, diff)
		}
	})
}
