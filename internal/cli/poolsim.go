package cli

import (
	"fmt"
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"

	"bellwether/internal/pool"
)

type poolsimCommand struct {
	Visits    float64       `default:"5000" help:"Visits a day, spread over the hours as a usual shop's."`
	Hours     string        `placeholder:"N,N,..." help:"Instead: the visits of each of the 24 hours, your own."`
	Length    time.Duration `default:"3m" help:"The mean visit."`
	Hold      time.Duration `default:"150s" help:"How long a number stays with a visit after its last activity."`
	Late      float64       `default:"5" placeholder:"PERCENT" help:"Callers who call late, hours after their visit."`
	Expected  float64       `default:"-1" placeholder:"PERCENT" help:"Late callers that the calculator and the scorer expect; if not given, as many as there are."`
	Sources   string        `default:"35,25,15,10,10,5" placeholder:"N,N,..." help:"Shares of the sources."`
	Target    float64       `default:"95" placeholder:"PERCENT" help:"Accuracy of sources that the calculator aims at."`
	Numbers   int           `placeholder:"N" help:"Numbers of the pool; if not given, what the calculator says."`
	Overflow  bool          `help:"The pool has an overflow number."`
	Returning float64       `default:"0" placeholder:"PERCENT" help:"Visits by somebody who was there in the last hours."`
	Strangers float64       `default:"0" placeholder:"PERCENT" help:"Calls from nobody who visited, for 100 calls of visitors."`
	Calls     int           `default:"20000" help:"Calls to judge."`
	Seed      uint64        `default:"1" help:"The same seed gives the same run."`
	Curve     bool          `help:"Also what fewer and more numbers would achieve, by the calculator."`
	Format    string        `enum:"table,json" default:"table" help:"table or json."`
}

// Help is what --help adds.
func (poolsimCommand) Help() string {
	return `Asks the calculator how many numbers a site needs for its call tracking, and then simulates visits and calls with so
many, through the allocator and the scorer of every pool (Rules C-10 to C-20). docs/guide/call-tracking-accuracy.md says what the
figures mean.

  bellwether poolsim --visits 5000 --late 5
  bellwether poolsim --visits 800 --late 10 --numbers 40 --format json`
}

// poolRun is what a site needs by the calculator, and what happened in the simulation.
type poolRun struct {
	Daily    float64       `json:"visits_a_day"`
	Peak     float64       `json:"visits_in_the_busiest_hour"`
	Numbers  int           `json:"numbers"`
	Answer   pool.Answer   `json:"calculator"`
	Expected pool.Point    `json:"expected"` // by the calculator, of Numbers
	Result   pool.Result   `json:"simulated"`
	Visit    pool.Interval `json:"visit_accuracy"`
	Source   pool.Interval `json:"source_accuracy"`
}

// Run calculates, simulates and prints.
func (c *poolsimCommand) Run(p *Program) error {
	plan, err := c.plan()
	if err != nil {
		return err
	}
	answer, err := pool.Calculate(plan)
	if err != nil {
		return err
	}
	run := poolRun{Daily: plan.Visits.Total(), Peak: plan.Visits.Peak(), Numbers: c.Numbers, Answer: answer}
	if c.Numbers == 0 {
		run.Numbers = answer.Numbers
	}
	if run.Expected, err = pool.Expect(plan, run.Numbers); err != nil {
		return err
	}
	run.Result, err = pool.Simulate(c.scenario(plan, run.Numbers), rand.New(rand.NewPCG(c.Seed, 0)))
	if err != nil {
		return err
	}
	run.Visit, run.Source = run.Result.Visit.Accuracy(), run.Result.Source.Accuracy()
	if !c.Curve {
		run.Answer.Curve = nil
	}
	if c.Format == formatJSON {
		return printJSON(p.Out, run)
	}
	return run.print(p.Out, c)
}

// plan is the site as the calculator sees it.
func (c *poolsimCommand) plan() (pool.Plan, error) {
	plan := pool.Plan{Visits: pool.UsualDay(c.Visits), Length: c.Length, Hold: c.Hold, Weights: pool.DefaultWeights(), Target: c.Target / 100}
	if c.Hours != "" {
		hours, err := figures("hours", c.Hours)
		if err != nil {
			return plan, err
		}
		if len(hours) != len(plan.Visits) {
			return plan, badFlag("hours", "write 24 figures with commas between them, from midnight on", "there are %d hours", len(hours))
		}
		copy(plan.Visits[:], hours)
	}
	expected := c.Expected
	if expected < 0 {
		expected = c.Late
	}
	for _, flag := range []struct {
		name    string
		percent float64
	}{{"late", c.Late}, {"expected", expected}} {
		if !(flag.percent >= 0 && flag.percent < 100) {
			return plan, badFlag(flag.name, "write a percentage from 0 to below 100", "%v %% of late callers cannot be", flag.percent)
		}
	}
	plan.Weights.Delays = callers(expected)
	var err error
	plan.Shares, err = figures("sources", c.Sources)
	return plan, err
}

// callers is when people call, of whom a percentage calls late.
func callers(late float64) pool.Delays {
	habit := pool.DefaultHabit
	habit.Late = late / 100
	return habit.Delays(200)
}

func (c *poolsimCommand) scenario(plan pool.Plan, numbers int) pool.Scenario {
	return pool.Scenario{
		Visits: plan.Visits, Length: plan.Length, Hold: plan.Hold, Numbers: numbers, Overflow: c.Overflow, Delays: callers(c.Late),
		Shares: plan.Shares, Calling: callingShare, Returning: c.Returning / 100, Strangers: c.Strangers / 100, Calls: c.Calls, Weights: plan.Weights,
	}
}

// callingShare is the share of simulated visits that call. It changes how long a run takes, not what it finds: calls do not disturb each other.
const callingShare = 0.5

// figures reads numbers with commas between them.
func figures(flag, text string) ([]float64, error) {
	parts := strings.Split(text, ",")
	list := make([]float64, len(parts))
	for i, part := range parts {
		figure, err := strconv.ParseFloat(strings.TrimSpace(part), 64)
		if err != nil {
			return nil, badFlag(flag, "write figures with commas between them, such as 35,25,40", "%.20q is no figure", part)
		}
		list[i] = figure
	}
	return list, nil
}

func (r *poolRun) print(w io.Writer, c *poolsimCommand) error {
	fmt.Fprintf(w, "%.0f visits a day, %.0f in the busiest hour, %v each and %v more held; %v %% of callers call late\n",
		r.Daily, r.Peak, c.Length, c.Hold, c.Late)
	fmt.Fprintf(w, "Then %.1f numbers are held at once: %d lines. For %v %% of sources: %d numbers%s.\n\n", r.Answer.Busy, r.Answer.Lines, c.Target, r.Answer.Numbers, unreached(r.Answer))
	t := newTable(fmt.Sprintf("with %d numbers", r.Numbers), ">calculated", ">simulated", ">95 % interval")
	calls := float64(r.Result.Calls)
	t.add("visits right", percent(r.Expected.Visit), percent(r.Visit.Share), between(r.Visit))
	t.add("sources right", percent(r.Expected.Source), percent(r.Source.Share), between(r.Source))
	t.add("visits unknown", percent(r.Expected.Unknown), percent(float64(r.Result.Visit.Unknown)/calls))
	t.add("overloads", "", percent(float64(r.overloads())/float64(r.Result.Visits)))
	if err := t.print(w); err != nil {
		return err
	}
	fmt.Fprintf(w, "\n%s of %s on %.0f days.\n", counted(int64(r.Result.Calls), "call", "calls"), counted(int64(r.Result.Visits), "visit", "visits"), r.Result.Days)
	if s := r.Result.Strangers; s.Calls > 0 {
		fmt.Fprintf(w, "%s of strangers besides, of which %d were put down to a visit.\n", counted(int64(s.Calls), "call", "calls"), s.Attributed)
	}
	if len(r.Answer.Curve) == 0 {
		return nil
	}
	fmt.Fprintln(w)
	return printCurve(w, r.Answer.Curve)
}

func (r *poolRun) overloads() int64 {
	counts := r.Result.Counts
	return counts.Taken + counts.Overflowed + counts.Refused
}

func printCurve(w io.Writer, curve []pool.Point) error {
	t := newTable(">numbers", ">visits right", ">sources right", ">unknown")
	for _, point := range curve {
		t.add(strconv.Itoa(point.Numbers), percent(point.Visit), percent(point.Source), percent(point.Unknown))
	}
	return t.print(w)
}

func unreached(a pool.Answer) string {
	if a.Reached {
		return ""
	}
	return ", which do not reach it"
}

func percent(share float64) string { return strconv.FormatFloat(100*share, 'f', 2, 64) + " %" }

func between(i pool.Interval) string {
	return fmt.Sprintf("%.2f to %.2f %%", 100*i.Low, 100*i.High)
}
