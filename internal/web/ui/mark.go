package ui

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"

	"github.com/a-h/templ"
)

// ShellHeader is the header in which a browser sends the mark of the frame it shows.
const ShellHeader = "Bw-Shell"

// Mark tells a frame from others by what a swap leaves standing: the project and the switcher, the search, the reader, the notices, the
// language and the zone. What follows the page or the balance is no part of it.
func (f Frame) Mark(v *View) string {
	text, err := json.Marshal(map[string]any{
		"project": f.Project, "projects": f.Projects, "currency": f.Currency, "search": f.Search, "user": f.User, "notices": f.Notices,
		"commands": f.Commands, "balance": f.Balance != nil, "chat": f.Chat != nil, "lang": v.Lang, "zone": v.ZoneName(v.Now),
	})
	if err != nil {
		panic(err) // strings always marshal
	}
	sum := sha256.Sum256(text)
	const enough = 8
	return hex.EncodeToString(sum[:enough])
}

// marked makes what a shell's links and forms send say which frame stands around them.
func (f Frame) marked(v *View) templ.Attributes {
	links := boosted()
	links["hx-headers:inherited"] = `{"` + ShellHeader + `":"` + f.Mark(v) + `"}`
	return links
}
