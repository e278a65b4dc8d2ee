package cli

import (
	"context"
	"errors"
	"fmt"
	"strings"

	numbers "bellwether/internal/number"
	"bellwether/internal/store"
)

type numbersCommand struct {
	Add  numbersAddCommand  `cmd:"" help:"Add the numbers of a CSV file to the stock: all of them or none."`
	List numbersListCommand `cmd:"" help:"List the stock, or count it."`
}

// byCommand is who acts, as the history of numbers names it.
const byCommand = "command line"

type numbersAddCommand struct {
	settings
	File string `arg:"" help:"CSV with a header line; - reads standard input."`
}

// Help is what --help adds.
func (numbersAddCommand) Help() string {
	return `The first line names the columns: number (E.164), and those of kind, carrier, country, area and area_name that are
wanted. What is left out is taken from the numbering plan. Where a line is bad, all bad lines are named and nothing is
added. On SQLite stop the node first, or add them through its API.

  bellwether numbers add kyiv.csv`
}

// Run adds the numbers.
func (c *numbersAddCommand) Run(ctx context.Context, p *Program) error {
	return p.with(ctx, c.settings, writes, func(ctx context.Context, in *installation) error {
		file, err := p.open(c.File)
		if err != nil {
			return err
		}
		defer file.Close()
		items, err := numbers.ReadCSV(file)
		if err == nil {
			err = in.db.Write(ctx, func(ctx context.Context, tx *store.Tx) error {
				return numbers.New(in.db, in.billing).Add(ctx, tx, items, byCommand, p.Now())
			})
		}
		if problems := new(numbers.Problems); errors.As(err, &problems) {
			return c.refuse(p, problems)
		}
		if err != nil {
			return err
		}
		_, err = fmt.Fprintf(p.Out, "%s added.\n", counted(int64(len(items)), "number", "numbers"))
		return err
	})
}

// refuse names the bad lines as compilers do.
func (c *numbersAddCommand) refuse(p *Program, problems *numbers.Problems) error {
	for line := range strings.SplitSeq(problems.Error(), "\n") {
		fmt.Fprintf(p.Err, "%s:%s\n", c.File, line)
	}
	fmt.Fprintln(p.Err, "Nothing was added: mend the file and add it again.")
	return errRefused
}

type numbersListCommand struct {
	settings
	State   string `enum:",free,rented,quarantine,retired" default:"" placeholder:"STATE" help:"free, rented, quarantine or retired."`
	Country string `placeholder:"CODE" help:"ISO 3166, such as UA."`
	Area    string `placeholder:"CODE" help:"Area code without the country's, such as 44."`
	Kind    string `enum:",local,mobile,toll_free" default:"" placeholder:"KIND" help:"local, mobile or toll_free."`
	Project string `placeholder:"NAME" help:"The project that holds it, or held it last."`
	Text    string `placeholder:"TEXT" help:"Part of the number, of the area's name or of the carrier's note."`
	Count   bool   `help:"Count by country, area, kind and state instead."`
	Format  string `enum:"table,json,csv" default:"table" help:"table, json or csv."`
}

// Help is what --help adds.
func (numbersListCommand) Help() string {
	return `  bellwether numbers list --state free --area 44
  bellwether numbers list --count`
}

const numberPage = 1000

// Run lists or counts the stock.
func (c *numbersListCommand) Run(ctx context.Context, p *Program) error {
	header := []string{"number", "country", "area", "area name", "kind", "state", "until", "project", "carrier"}
	list := listStock
	if c.Count {
		header, list = []string{"country", "area", "area name", "kind", "state", "numbers"}, countStock
	}
	filter := numbers.Filter{State: numbers.State(c.State), Country: c.Country, Area: c.Area, Kind: c.Kind, Project: c.Project, Text: c.Text}
	rows := [][]string{}
	err := p.with(ctx, c.settings, reads, func(ctx context.Context, in *installation) (err error) {
		rows, err = list(ctx, in.db, filter, rows)
		return err
	})
	if err != nil {
		return err
	}
	if len(rows) == 0 && c.Format == formatTable {
		_, err := fmt.Fprintln(p.Out, "No such number is in stock.")
		return err
	}
	return printRows(p.Out, c.Format, header, rows)
}

func listStock(ctx context.Context, q store.Querier, filter numbers.Filter, rows [][]string) ([][]string, error) {
	after := ""
	for {
		found, err := numbers.List(ctx, q, filter, after, numberPage)
		if err != nil {
			return nil, err
		}
		for _, e := range found {
			rows = append(rows, []string{e.Number, e.Country, e.Area, e.AreaName, e.Kind, string(e.State), stamp(e.Until), string(e.Project), e.Carrier})
		}
		if len(found) < numberPage {
			return rows, nil
		}
		after = found[len(found)-1].Number
	}
}

func countStock(ctx context.Context, q store.Querier, filter numbers.Filter, rows [][]string) ([][]string, error) {
	counts, err := numbers.Counts(ctx, q, filter)
	for _, n := range counts {
		rows = append(rows, []string{n.Country, n.Area, n.AreaName, n.Kind, string(n.State), fmt.Sprint(n.Numbers)})
	}
	return rows, err
}
