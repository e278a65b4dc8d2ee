package call

import (
	"context"
	"database/sql"
	"maps"
	"slices"
	"strings"

	"bellwether/internal/errs"
	"bellwether/internal/ident"
	"bellwether/internal/store"
)

// Dimension is what calls are summed up by.
type Dimension string

// The dimensions. The first ones are of an origin.
const (
	ByChannel    Dimension = "channel"
	BySource     Dimension = "source"
	ByMedium     Dimension = "medium"
	ByCampaign   Dimension = "campaign"
	ByTerm       Dimension = "term"
	ByContent    Dimension = "content"
	ByLanding    Dimension = "landing"
	ByReferrer   Dimension = "referrer"
	ByPage       Dimension = "page"
	ByDevice     Dimension = "device"
	ByLanguage   Dimension = "language"
	ByRegion     Dimension = "region"
	ByPool       Dimension = "pool"
	ByClick      Dimension = "click"
	ByClientID   Dimension = "client_id"
	ByNetwork    Dimension = "ip"
	ByPromo      Dimension = "promo"
	ByVisitor    Dimension = "visitor"
	ByVisit      Dimension = "visit"
	ByCustom     Dimension = "custom"
	ByNumber     Dimension = "number"
	ByEmployee   Dimension = "employee"
	ByDepartment Dimension = "department"
	ByScheme     Dimension = "scheme"
	ByStatus     Dimension = "status"
	ByCategory   Dimension = "category"
	ByTracked    Dimension = "tracked" // "yes" where the number is one of call tracking's: what is unknown of the others never was to be known
)

// Dimensions are all of them, in the order in which they are offered.
var Dimensions = []Dimension{
	ByChannel, BySource, ByMedium, ByCampaign, ByTerm, ByContent, ByLanding, ByReferrer, ByPage, ByDevice, ByLanguage, ByRegion, ByPool, ByClick, ByClientID,
	ByNetwork, ByPromo, ByVisitor, ByVisit, ByCustom, ByNumber,
	ByEmployee, ByDepartment, ByScheme, ByStatus, ByCategory, ByTracked,
}

// OfOrigin reports whether a dimension belongs to where a call came from; the others belong to the call.
func (d Dimension) OfOrigin() bool {
	i := slices.Index(Dimensions, d)
	return i >= 0 && i < slices.Index(Dimensions, ByNumber)
}

// column is where a dimension stands.
func (d Dimension) column() string {
	switch {
	case d.OfOrigin():
		return "COALESCE(o." + string(d) + ", '')"
	case d == ByTracked:
		return "CASE WHEN o.call_id IS NULL THEN '' ELSE 'yes' END"
	case d == ByEmployee, d == ByDepartment, d == ByScheme:
		return "l." + string(d) + "_name"
	}
	return "l." + string(d)
}

// origin adds what the filter says of where calls came from: a dimension that is empty is one that nobody knows.
func (q *query) origin(project ident.ProjectID, f Filter) {
	in := map[bool]string{true: " IN", false: " NOT IN"}
	const from = " (SELECT call_id FROM call_origin WHERE project_id = ?"
	if f.Known != nil {
		q.add("call_id"+in[*f.Known]+from+" AND (source <> '' OR channel <> '' OR visit <> ''))", string(project))
	}
	if f.Tracked != nil {
		q.add("call_id"+in[*f.Tracked]+from+")", string(project))
	}
	for _, d := range slices.Sorted(maps.Keys(f.Origin)) {
		switch {
		case !d.OfOrigin():
		case d == ByCustom && f.Origin[d] != "": // one of several values
			q.add("call_id IN"+from+" AND custom LIKE ?)", string(project), "%"+f.Origin[d]+"%")
		case f.Origin[d] == "":
			q.add("call_id NOT IN"+from+" AND "+string(d)+" <> '')", string(project))
		default:
			q.add("call_id IN"+from+" AND "+string(d)+" = ?)", string(project), f.Origin[d])
		}
	}
}

// Row is the calls that are alike in some dimensions.
type Row struct {
	Of []string // the values, in the order of the dimensions; empty for what is not known
	Totals
	Clients int64 // how many called for the first time
}

// mostRows bounds a report; what is left out is the tail.
const mostRows = 5_000

// By sums up the calls of a filter by dimensions, the most frequent first. Errors: errs.Invalid `call.bad_dimension`.
func (w Window) By(ctx context.Context, q store.Querier, f Filter, dimensions ...Dimension) (rows []Row, err error) {
	var columns []string
	for _, d := range dimensions {
		if !slices.Contains(Dimensions, d) || slices.Index(dimensions, d) != len(columns) {
			return nil, errs.New(errs.Invalid, "call.bad_dimension", "calls cannot be summed up by %.40q", d).At("by").Try("choose others, each once").With("Dimension", string(d))
		}
		columns = append(columns, d.column())
	}
	if len(columns) == 0 || len(columns) > mostDimensions && (len(columns) > mostDimensions+1 || !slices.Contains(dimensions, ByTracked)) {
		return nil, errs.New(errs.Invalid, "call.bad_dimension", "a report goes by one to %d dimensions", mostDimensions).At("by").Try("choose others").With("Dimension", "")
	}
	where := w.where(f)
	where.owners(w.reach)
	by := strings.Join(columns, ", ")
	where.args = append(where.args, mostRows)
	query := `SELECT ` + by + `, ` + sums + `, SUM(CASE WHEN l.counter = 1 THEN 1 ELSE 0 END)
		FROM (SELECT * FROM call_log WHERE ` + where.String() + `) AS l LEFT JOIN call_origin AS o ON o.project_id = l.project_id AND o.call_id = l.call_id
		GROUP BY ` + by + ` ORDER BY COUNT(*) DESC, ` + by + ` LIMIT ` + store.List(len(where.args), 1)
	return rows, store.EachRow(ctx, q, query, where.args, func(found *sql.Rows) error {
		r := Row{Of: make([]string, len(dimensions))}
		var to []any
		for i := range r.Of {
			to = append(to, &r.Of[i])
		}
		err := found.Scan(append(append(to, r.fields()...), &r.Clients)...)
		rows = append(rows, r)
		return err
	})
}

// mostDimensions a report goes by at once, beside ByTracked.
const mostDimensions = 4

// OfVisitors counts the calls that are put down to visits of some visitors, of those calls that the reader may see; who has none is left out.
func (w Window) OfVisitors(ctx context.Context, q store.Querier, visitors []string) (counts map[string]int64, err error) {
	return w.countOf(ctx, q, "o.visitor", "call_origin AS o /*by call_origin_visitor*/", visitors)
}

// OfVisits counts those that are put down to some visits, by the visit's id.
func (w Window) OfVisits(ctx context.Context, q store.Querier, visits []string) (counts map[string]int64, err error) {
	return w.countOf(ctx, q, "o.visit", "call_origin AS o /*by call_origin_visit*/", visits)
}

func (w Window) countOf(ctx context.Context, q store.Querier, column, origins string, whose []string) (counts map[string]int64, err error) {
	counts = map[string]int64{}
	return counts, store.EachList(whose, func(in string, args []any) error {
		where := &query{args: args}
		where.add("o.project_id = ?", string(w.project))
		where.owners(w.reach)
		return store.EachRow(ctx, q, `SELECT `+column+`, COUNT(*) FROM `+origins+` JOIN call_log AS l ON l.project_id = o.project_id AND l.call_id = o.call_id
			WHERE `+column+` IN (`+in+`) AND `+column+` <> '' AND `+where.String()+` GROUP BY `+column, where.args, func(rows *sql.Rows) error {
			var one string
			var count int64
			err := rows.Scan(&one, &count)
			counts[one] = count
			return err
		})
	})
}
