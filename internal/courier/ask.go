package courier

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"bellwether/internal/ident"
	"bellwether/internal/webhook"
)

// Question asks a CRM whose client calls (Rule W-12).
type Question struct {
	ID      string          `json:"id"`
	Kind    string          `json:"kind"` // "owner"
	Project ident.ProjectID `json:"project"`
	Client  string          `json:"client"`           // E.164
	Number  string          `json:"number"`           // the project's, that was called
	Origin  *webhook.Origin `json:"origin,omitempty"` // where the call came from, as far as it is known while it rings
}

// Said is what came of a question.
type Said struct {
	Employee string // id, extension or e-mail; empty for nobody
	Status   int    // of HTTP; 0 where there was no answer
	Text     string // the answer, or why there was none
	Took     time.Duration
}

// OK reports whether the CRM answered as it should.
func (s Said) OK() bool { return s.Status >= 200 && s.Status < 300 }

const (
	longestEmployee = 200
	mostOfSaid      = 4 << 10
)

// Ask asks and waits no longer than it is told. A CRM that says nothing readable counts as one that did not answer.
func (c *Client) Ask(ctx context.Context, address string, key []byte, q Question, wait time.Duration, at time.Time) Said {
	ctx, cancel := context.WithTimeout(ctx, wait)
	defer cancel()
	body, err := json.Marshal(q)
	if err != nil {
		return Said{Text: err.Error()}
	}
	answer, text := c.post(ctx, address, q.ID, [][]byte{key}, body, at, mostOfSaid)
	said := Said{Status: answer.Status, Text: answer.Text, Took: answer.Took}
	if !said.OK() || said.Status == http.StatusNoContent || len(text) == 0 {
		return said
	}
	var read struct {
		Employee string `json:"employee"`
	}
	if err := json.Unmarshal(text, &read); err != nil || !utf8.ValidString(read.Employee) || len(read.Employee) > longestEmployee {
		return Said{Text: "the answer is not JSON such as {\"employee\":\"201\"}", Took: answer.Took}
	}
	said.Employee = strings.TrimSpace(read.Employee)
	return said
}
