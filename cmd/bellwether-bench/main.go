// Bellwether-bench prints the figures that docs/ARCHITECTURE.md promises, measured on this machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"runtime/pprof"
	"strconv"
	"strings"

	"bellwether/internal/app"
	"bellwether/internal/bench"
	"bellwether/internal/store/storetest"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == bench.FarOrder {
		farSide()
		return
	}
	if len(os.Args) == 6 && os.Args[1] == bench.HitOrder {
		browse(os.Args[2], os.Args[3], os.Args[4], os.Args[5])
		return
	}
	only := flag.String("only", "", "run only the workload whose name begins so: "+strings.Join(bench.Names(), ", "))
	profile := flag.String("cpuprofile", "", "write what the processors did to a file, for go tool pprof")
	flag.Parse()
	app.RelaxCollector() // as the node does
	if err := profiled(*profile, func() error { return run(*only) }); err != nil {
		fmt.Fprintln(os.Stderr, "bellwether-bench:", err)
		os.Exit(1)
	}
}

// farSide is the other process of the benchmark of calls.
func farSide() {
	if err := bench.FarSide(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "bellwether-bench, the far side:", err)
		os.Exit(1)
	}
}

// browse is the other process of the benchmark of hits.
func browse(at, keys, hits, how string) {
	n, err := strconv.Atoi(hits)
	if err == nil {
		err = bench.Browse(at, keys, n, how, os.Stdout)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bellwether-bench, the browsers:", err)
		os.Exit(1)
	}
}

// profiled runs the benchmarks, and keeps where their time went in a file, where one is named.
func profiled(path string, run func() error) error {
	if path == "" {
		return run()
	}
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := pprof.StartCPUProfile(file); err != nil {
		return errors.Join(err, file.Close())
	}
	err = run()
	pprof.StopCPUProfile()
	return errors.Join(err, file.Close())
}

func run(only string) error {
	r := &bench.Run{Out: os.Stdout, Only: only}
	stores := []string{"SQLite, synchronous=FULL"}
	if only == "sip" || only == "hit" { // what it measures is not the store
		bench.Header(os.Stdout, stores)
		return r.Do(context.Background())
	}
	cluster, err := storetest.StartDurable()
	if err != nil {
		fmt.Fprintln(os.Stderr, "without PostgreSQL:", err)
	} else {
		defer cluster.Close()
		stores = append(stores, "PostgreSQL, fsync on")
		databases := 0
		r.Postgres = func() (string, error) {
			databases++
			return cluster.Create(fmt.Sprintf("bench%d", databases))
		}
	}
	bench.Header(os.Stdout, stores)
	return r.Do(context.Background())
}
