package tracking

import (
	"context"
	"database/sql"
	"errors"
	"slices"
	"strings"
	"time"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Dimension is what visits are summed up by.
type Dimension string

// The dimensions. The first five are those of the sums by the hour; the others are asked of visits themselves.
const (
	OfSite     Dimension = "site"
	OfChannel  Dimension = "channel"
	OfSource   Dimension = "source"
	OfMedium   Dimension = "medium"
	OfCampaign Dimension = "campaign"
	OfTerm     Dimension = "term"
	OfContent  Dimension = "content"
	OfLanding  Dimension = "landing"
	OfReferrer Dimension = "referrer"
	OfDevice   Dimension = "device"
	OfRegion   Dimension = "region"
	OfLanguage Dimension = "language"
)

// Dimensions are all of them, in the order in which they are offered.
var Dimensions = []Dimension{OfSource, OfMedium, OfCampaign, OfChannel, OfSite, OfTerm, OfContent, OfLanding, OfReferrer, OfDevice, OfRegion, OfLanguage}

// summed reports whether the sums by the hour know a dimension.
func (d Dimension) summed() bool {
	switch d {
	case OfSite, OfChannel, OfSource, OfMedium, OfCampaign:
		return true
	}
	return false
}

func (d Dimension) column() string {
	if d == OfSite {
		return "site_id"
	}
	return string(d)
}

// SumQuery chooses the visits of a report.
type SumQuery struct {
	From, Until time.Time            // when they began; neither is left out
	Of          map[Dimension]string // those that are so; an empty text asks for what is not known
	By          []Dimension          // one to four
	Programs    bool                 // programs count as visits too; else they are counted apart alone (Rule C-77)
}

// Sum is the visits that are alike in the dimensions of a report.
type Sum struct {
	Of       []string // in the order of the dimensions; empty for what is not known
	Visits   int64    // of people, or of all where programs are asked for
	Programs int64    // visits of programs
	Pages    int64    // that people saw
	Seconds  int64    // that people stayed, from the first hit to the last
	Taps     int64    // of people, on telephone links
}

const (
	mostDimensions = 4
	mostSums       = 5_000 // bounds a report; what is left out is the tail
)

// Sums adds up visits, the most frequent first: whole hours that are summed up from their sums, what they do not know and the rest from visits
// themselves (Rule C-110). Errors: errs.Invalid `tracking.bad_dimension`.
func Sums(ctx context.Context, q store.Querier, project ident.ProjectID, query SumQuery) (sums []Sum, err error) {
	if err := query.check(); err != nil {
		return nil, err
	}
	first, last, err := query.summed(ctx, q, project)
	if err != nil {
		return nil, err
	}
	w, visits := where{}, "visits"
	if query.Programs {
		visits = "visits + programs"
	}
	parts := query.parts(&w, project, first, last)
	by := make([]string, len(query.By))
	for i, d := range query.By {
		by[i] = d.column()
	}
	group := strings.Join(by, ", ")
	text := `SELECT ` + group + `, CAST(SUM(` + visits + `) AS BIGINT) AS total, CAST(SUM(programs) AS BIGINT) AS bots, CAST(SUM(pages) AS BIGINT), CAST(SUM(seconds) AS BIGINT), CAST(SUM(taps) AS BIGINT)
		FROM (` + strings.Join(parts, " UNION ALL ") + `) AS parts GROUP BY ` + group + ` HAVING SUM(` + visits + `) > 0 ORDER BY total DESC, ` + group + ` LIMIT ` + w.arg(mostSums)
	return sums, store.EachRow(ctx, q, text, w.args, func(rows *sql.Rows) error {
		s := Sum{Of: make([]string, len(by))}
		var into []any
		for i := range s.Of {
			into = append(into, &s.Of[i])
		}
		err := rows.Scan(append(into, &s.Visits, &s.Programs, &s.Pages, &s.Seconds, &s.Taps)...)
		sums = append(sums, s)
		return err
	})
}

func (s SumQuery) check() error {
	bad := func(what string, d Dimension) error {
		return errs.New(errs.Invalid, "tracking.bad_dimension", "visits cannot be summed up by %.40q: %s", string(d), what).At("by").Try("choose others, each once, one to four")
	}
	if len(s.By) == 0 || len(s.By) > mostDimensions {
		return bad("one to four can be chosen", "")
	}
	for i, d := range s.By {
		if !slices.Contains(Dimensions, d) || slices.Index(s.By, d) != i {
			return bad("there is no such field, or it was chosen twice", d)
		}
	}
	for d := range s.Of {
		if !slices.Contains(Dimensions, d) {
			return bad("there is no such field", d)
		}
	}
	return nil
}

// summed is the hours that are read from sums, from first on until before last; none where a question is of what they do not know.
func (s SumQuery) summed(ctx context.Context, q store.Querier, project ident.ProjectID) (first, last int64, err error) {
	for d := range s.Of {
		if !d.summed() {
			return 0, 0, nil
		}
	}
	if slices.ContainsFunc(s.By, func(d Dimension) bool { return !d.summed() }) {
		return 0, 0, nil
	}
	err = q.QueryRow(ctx, `SELECT done_to FROM tracking_rolled WHERE project_id = $1`, string(project)).Scan(&last)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, 0, nil
	}
	first = hourOf(s.From.Add(time.Hour - time.Microsecond))
	last = min(last, hourOf(s.Until))
	if last <= first {
		return 0, 0, err
	}
	return first, last, err
}

// parts are the statements that find sums and visits.
func (s SumQuery) parts(w *where, project ident.ProjectID, first, last int64) (parts []string) {
	spans := [][2]time.Time{{s.From, s.Until}}
	if last > first {
		spans = [][2]time.Time{{s.From, time.Unix(first*secondsOfHour, 0)}, {time.Unix(last*secondsOfHour, 0), s.Until}}
		columns := s.columns("r.")
		s.narrow(w, "r.", project)
		w.add("r.hour >= ?", first)
		w.add("r.hour < ?", last)
		parts = append(parts, `SELECT `+columns+`, r.visits AS visits, r.bots AS programs, r.pages AS pages, r.seconds AS seconds, r.taps AS taps FROM tracking_rollup AS r WHERE `+w.take())
	}
	for _, span := range spans {
		if len(parts) > 0 && !span[0].Before(span[1]) {
			continue
		}
		s.narrow(w, "v.", project)
		w.add("v.visit_id >= ?", earliest(span[0]))
		w.add("v.visit_id < ?", earliest(span[1]))
		parts = append(parts, `SELECT `+s.columns("v.")+`, CASE WHEN v.bot = '' THEN 1 ELSE 0 END AS visits, CASE WHEN v.bot = '' THEN 0 ELSE 1 END AS programs,
			CASE WHEN v.bot = '' THEN a.pages ELSE 0 END AS pages, CASE WHEN v.bot = '' THEN (a.last_at - v.visit_id / 256) / 1000000 ELSE 0 END AS seconds,
			CASE WHEN v.bot = '' THEN a.taps ELSE 0 END AS taps
			FROM tracking_visit AS v JOIN tracking_activity AS a ON a.project_id = v.project_id AND a.visit_id = v.visit_id WHERE `+w.take())
	}
	return parts
}

func (s SumQuery) columns(table string) string {
	var columns []string
	for _, d := range s.By {
		columns = append(columns, table+d.column()+" AS "+d.column())
	}
	return strings.Join(columns, ", ")
}

func (s SumQuery) narrow(w *where, table string, project ident.ProjectID) {
	w.add(table+"project_id = ?", string(project))
	for _, d := range Dimensions {
		if text, asked := s.Of[d]; asked {
			w.add(table+d.column()+" = ?", text)
		}
	}
}
