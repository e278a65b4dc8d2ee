package access

import (
	"bellwether/internal/account"
	"bellwether/internal/audit"
)

// Principal is who asks: somebody who is signed in, or a program with an API key. The zero Principal may nothing.
type Principal struct {
	Session account.Session
	Key     account.Key
	From    audit.Actor // address, agent and request; the rest is not looked at
}

// BySession is the principal of a session that was authenticated.
func BySession(s account.Session, from audit.Actor) Principal {
	return Principal{Session: s, From: from}
}

// ByKey is the principal of an API key that was authenticated.
func ByKey(k account.Key, from audit.Actor) Principal { return Principal{Key: k, From: from} }

// Actor is the principal as the trail names them.
func (p Principal) Actor() audit.Actor {
	by := audit.Actor{Address: p.From.Address, Agent: p.From.Agent, Request: p.From.Request, Key: string(p.Key.ID)}
	switch {
	case p.Session.ID != "":
		by.User, by.ViewingAs = string(p.Session.User), string(p.Session.ViewingAs)
	case p.Key.ID != "":
		by.User = string(p.Key.MadeBy)
	}
	return by
}

// self is the user whose rows are one's own; empty for a key that nobody made.
func (p Principal) self() account.UserID {
	switch {
	case p.Session.ID == "":
		return p.Key.MadeBy
	case p.Session.ViewingAs != "":
		return p.Session.ViewingAs
	}
	return p.Session.User
}
