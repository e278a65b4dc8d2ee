package cabinet

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"bellwether/internal/access"
	"bellwether/internal/errs"
	"bellwether/internal/event"
	"bellwether/internal/ident"
	"bellwether/internal/ledger"
	"bellwether/internal/number"
	"bellwether/internal/recall"
	"bellwether/internal/store"
	"bellwether/internal/web/live"
)

// What an open page can be told has changed.
const (
	TopicBalance = "balance" // the balance, and with it every entry
	TopicPeople  = "people"  // members, invitations, seats
	TopicNumbers = "numbers"
	TopicChat    = "chat"
	TopicCalls   = "calls" // calls that go on
	TopicVisits  = "visits"
)

// topicObjects is whose right to view opens a topic.
var topicObjects = map[string]access.Object{
	TopicBalance: access.Funds, TopicPeople: access.People, TopicNumbers: access.Numbers, TopicChat: access.Chat,
	TopicCalls: access.Calls, TopicVisits: access.Visits,
}

// Topic is the name of what changes in an organisation: "project:shop/balance".
func Topic(org ident.Org, what string) string { return org.String() + "/" + what }

// readTopic is the reverse of Topic.
func readTopic(topic string) (org ident.Org, o access.Object, ok bool) {
	name, what, _ := strings.Cut(topic, "/")
	kind, id, _ := strings.Cut(name, ":")
	o, ok = topicObjects[what]
	return ident.Org{Kind: ident.OrgKind(kind), ID: id}, o, ok
}

// stream is GET /live?topics=...: server-sent events to an open page, until its reader may no longer read.
func (c *Cabinet) stream(v *Visit) error {
	var topics []string
	live.Stream{
		Hub: c.Hub, Beat: recall.Recheck,
		Enter: func(w http.ResponseWriter, r *http.Request, asked []string) (live.Access, bool) {
			var err error
			if topics, err = c.opened(v, asked); err != nil {
				c.Fail(w, r, err)
				return live.Access{}, false
			}
			return live.Access{Principal: string(v.User.ID), Session: string(v.Principal.Session.ID), Topics: topics}, true
		},
		Still: func(r *http.Request, _ string) bool {
			again := readerOf(c.identify(r))
			return again.err != nil || again.principal.Session.ID == v.Principal.Session.ID && c.stillOpen(v, topics)
		},
	}.ServeHTTP(v.W, v.R)
	return nil
}

// opened gives those of the topics asked for that the reader may read. Errors: errs.NotFound `cabinet.no_topic` where that is none; that of a
// store that does not answer, for who may read is not known then.
func (c *Cabinet) opened(v *Visit, asked []string) (open []string, err error) {
	for _, topic := range asked {
		switch err := c.mayRead(v, topic); {
		case err == nil:
			open = append(open, topic)
		case silent(err):
			return nil, err
		}
	}
	if len(open) == 0 {
		return nil, errs.New(errs.NotFound, "cabinet.no_topic", "there is nothing of that to follow").At("topics")
	}
	return open, nil
}

// stillOpen asks whether the reader of an open stream may read all of it now. A store that does not answer is no reason to cut people off.
func (c *Cabinet) stillOpen(v *Visit, topics []string) bool {
	for _, topic := range topics {
		if err := c.mayRead(v, topic); err != nil && !silent(err) {
			return false
		}
	}
	return true
}

// mayRead asks the gate about a topic now.
func (c *Cabinet) mayRead(v *Visit, topic string) error {
	org, o, ok := readTopic(topic)
	if !ok {
		return errs.New(errs.NotFound, "cabinet.no_topic", "there is no topic %.100q", topic).At("topics")
	}
	_, err := c.Gate.May(v.Context(), v.Principal, access.View, o, org, c.Clock())
	return err
}

// silent tells whether an error is that of a store that does not answer, and so says nothing about rights.
func silent(err error) bool {
	kind := errs.KindOf(err)
	return kind == errs.Internal || kind == errs.Unavailable
}

// watchEvery is how often the balances on open pages are compared with the accounts, and news of other nodes looked for.
const watchEvery = time.Second

// Watch tells open pages that a balance moved, or that people or numbers changed, whoever did it: this node, another, a program, a
// command. It runs until ctx ends.
func (c *Cabinet) Watch(ctx context.Context) {
	tick := time.NewTicker(watchEvery)
	defer tick.Stop()
	seen, news := map[ident.ProjectID]int64{}, event.NewTail(c.DB, slices.Collect(maps.Keys(newsTopics))...)
	for {
		if err := c.tellNews(ctx, news); err != nil && ctx.Err() == nil {
			c.Log.Error("watching people and numbers", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-c.stir: // this node changed something: its pages need not wait
		case <-tick.C:
			if err := c.compare(ctx, seen); err != nil && ctx.Err() == nil {
				c.Log.Error("watching balances", "error", err)
			}
		}
	}
}

// newsTopics is what of an open page an event concerns.
var newsTopics = map[string]string{access.Changed: TopicPeople, number.Changed: TopicNumbers}

// tellNews publishes what the events since the last look concern, each once.
func (c *Cabinet) tellNews(ctx context.Context, news *event.Tail) error {
	events, err := news.Next(ctx)
	told := map[string]bool{}
	for _, e := range events {
		org := ident.ProjectOrg(e.Project)
		if e.Topic == access.Changed {
			if org, err = access.ChangedIn(e); err != nil {
				return err
			}
		}
		if topic := Topic(org, newsTopics[e.Topic]); !told[topic] {
			told[topic] = true
			c.Hub.Publish(topic, "")
		}
	}
	return err
}

// compare publishes each watched project whose account has another entry than when it was last looked at.
func (c *Cabinet) compare(ctx context.Context, seen map[ident.ProjectID]int64) error {
	var watched []ident.ProjectID
	for _, topic := range c.Hub.Topics() {
		if org, o, ok := readTopic(topic); ok && o == access.Funds && org.Kind == ident.ProjectKind {
			watched = append(watched, org.Project())
		}
	}
	moves, err := ledger.Sequences(ctx, store.Querier(c.DB), watched)
	if err != nil {
		return err
	}
	for id := range seen {
		if _, open := moves[id]; !open {
			delete(seen, id)
		}
	}
	for id, seq := range moves {
		if last, known := seen[id]; !known || last != seq { // it may have moved before it was watched
			c.Hub.Publish(Topic(ident.ProjectOrg(id), TopicBalance), "")
		}
		seen[id] = seq
	}
	return nil
}
