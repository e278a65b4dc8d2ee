package cli

import (
	"context"
	"io"
	"os"
	"time"

	"github.com/alecthomas/kong"
)

// Program is one run of the command line: where it reads and writes, and what time it is.
type Program struct {
	In       io.Reader
	Out      io.Writer // results
	Err      io.Writer // errors and progress
	Environ  []string  // as os.Environ gives it
	Now      func() time.Time
	Terminal bool // somebody watches Err: progress is drawn
}

// Main runs the command line of the process and returns its exit status. It ends early when ctx does.
func Main(ctx context.Context, args []string) int {
	p := &Program{
		In: os.Stdin, Out: os.Stdout, Err: os.Stderr, Environ: os.Environ(), Now: time.Now,
		Terminal: isTerminal(os.Stderr),
	}
	return p.Run(ctx, args)
}

func isTerminal(file *os.File) bool {
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// commands are what follows "bellwether".
type commands struct {
	Demo demoCommand `cmd:"" group:"demo" help:"Start here: a shop with 90 days of life, explained and served."`

	Simulate  simulateCommand  `cmd:"" group:"prices" help:"What would these events have cost? Replays them through the billing code."`
	Quote     quoteCommand     `cmd:"" group:"prices" help:"What would a project's last 90 days have cost under another version?"`
	Rate      rateCommand      `cmd:"" group:"prices" help:"What does each of these calls cost?"`
	Pricebook pricebookCommand `cmd:"" group:"prices" help:"Check, list, show and compare price books."`

	Poolsim  poolsimCommand  `cmd:"" group:"tracking" help:"How many numbers does call tracking need, and how often is it right?"`
	Tracking trackingCommand `cmd:"" group:"tracking" help:"What call tracking has gathered: score calls anew, sum up visits anew."`

	Statement statementCommand `cmd:"" group:"money" help:"What moved a project's funds, day by day."`
	Explain   explainCommand   `cmd:"" group:"money" help:"Why an entry, a call or a day cost what it did."`
	Events    eventsCommand    `cmd:"" group:"money" help:"A project's life as events, to be simulated elsewhere."`
	Calls     callsCommand     `cmd:"" group:"money" help:"Call records made elsewhere, and why a call went as it did."`
	Forecast  forecastCommand  `cmd:"" group:"money" help:"What a project will spend, and when its funds end."`

	Numbers   numbersCommand   `cmd:"" group:"node" help:"The stock of telephone numbers."`
	Serve     serveCommand     `cmd:"" group:"node" help:"Serve the cabinet and the API and do what the nights need, until Ctrl-C."`
	SetupLink setupLinkCommand `cmd:"" group:"node" help:"Print the link by which the first operator sets the installation up."`
	Migrate   migrateCommand   `cmd:"" group:"node" help:"Make the database, or bring it up to this program's schema."`
	Backup    backupCommand    `cmd:"" group:"node" aliases:"export" help:"Write the whole installation to one file."`
	Restore   restoreCommand   `cmd:"" group:"node" aliases:"import" help:"Put a backup into an empty database of either engine."`
	Verify    verifyCommand    `cmd:"" group:"node" help:"Recompute the ledger and name the first broken entry."`
	House     houseCommand     `cmd:"" group:"node" help:"What the house earned, by product and month."`
	Repair    repairCommand    `cmd:"" group:"node" help:"Look at and go on from days that could not be closed."`
	Key       keyCommand       `cmd:"" group:"node" help:"API keys."`
	Version   versionCommand   `cmd:"" group:"node" help:"Print what this program was built from."`
}

const description = `Bellwether bills telephony and call tracking: it prices calls and days by a price book, keeps a
ledger that can be verified, and can say why every line of a statement is what it is.

Exit status: 0 well; 1 something was found (a leg without a rate, a broken entry); 2 bad input; 3 a fault
of ours or of the machine.`

// ended is how the parser's own exits, such as --help, come back to Run.
type ended struct{ status int }

// Run parses the arguments, runs the command and returns the exit status.
func (p *Program) Run(ctx context.Context, args []string) (status int) {
	defer func() {
		switch r := recover().(type) {
		case nil:
		case ended:
			status = r.status
		default:
			panic(r)
		}
	}()
	if len(args) == 0 {
		args = []string{"--help"}
	}
	var c commands
	parser, err := kong.New(&c,
		kong.Name("bellwether"), kong.Description(description), kong.Writers(p.Out, p.Err),
		kong.Exit(func(status int) { panic(ended{status}) }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, FlagsLast: true, WrapUpperBound: 100}),
		kong.Groups{"demo": "To begin with", "prices": "Prices", "tracking": "Call tracking", "node": "The running node", "money": "Money of a project", "settings": "Settings (also from the environment and a file)"},
		kong.Bind(p), kong.BindTo(ctx, (*context.Context)(nil)),
	)
	if err != nil {
		return p.fail(err)
	}
	parsed, err := parser.Parse(args)
	if err != nil {
		return p.misused(err)
	}
	return p.fail(parsed.Run())
}
