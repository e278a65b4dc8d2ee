// Command bellwether is the whole program: the node that serves, and the tools around it. See `bellwether --help`.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"bellwether/internal/app"
	"bellwether/internal/cli"
)

func main() {
	app.RelaxCollector()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	status := cli.Main(ctx, os.Args[1:])
	stop()
	os.Exit(status)
}
