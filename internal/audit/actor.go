package audit

import "strings"

// Actor is who does something and from where.
type Actor struct {
	User      string // the user's id, where a person acts, also by a key they made
	Key       string // the API key's id, where a program acts
	ViewingAs string // the user whose eyes an operator borrowed
	Part      string // the part of the program, where nobody is signed in: "cli", "sign-in"
	Address   string // of the caller, as the trusted proxies report it
	Agent     string // what the caller says it is
	Request   string // the request's id, for the log
}

// Program is the actor where a part of the program acts by itself or at the command line.
func Program(part string) Actor { return Actor{Part: part} }

// Name is who acts as rows keep it: "user <id>", "key <id>", or the part of the program.
func (a Actor) Name() string {
	switch {
	case a.User != "":
		return "user " + a.User
	case a.Key != "":
		return "key " + a.Key
	}
	return a.Part
}

func (a Actor) isSomebody() bool { return a.User != "" || a.Key != "" || a.Part != "" }

const longestText = 256

// bounded makes what a stranger sends fit to be stored.
func bounded(text string) string {
	text = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return -1
		}
		return c
	}, strings.ToValidUTF8(text, ""))
	if len(text) > longestText {
		text = strings.ToValidUTF8(text[:longestText], "")
	}
	return text
}
