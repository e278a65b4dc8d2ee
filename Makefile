# Targets with a ## comment are listed by `make help`. On a machine without make: ./dev TARGET.

# One static binary: cgo is used by the race detector in tests and by nothing else.
export CGO_ENABLED = 0

# Packages whose tests run once more under the race detector.
RACED = ./internal/store/... ./internal/ledger/... ./internal/charging/... ./internal/web/live ./internal/sip/... ./internal/media/... ./internal/dialplan ./internal/pbx

FUZZTIME ?= 30s
DATA ?= bellwether-data

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r name text; do \
		printf '%-16s %s\n' "$$name" "$$text"; done

.PHONY: demo
demo: ## create a project, live through 90 days of it, show its bill and keep serving
	go run ./cmd/bellwether demo

.PHONY: test
test: needs ## every test, on SQLite and PostgreSQL, the money once more under the race detector
	go vet ./...
	go test -timeout 10m ./...
	CGO_ENABLED=1 go test -race -timeout 15m $(RACED)

.PHONY: test-postgres
test-postgres: needs ## the tests that run on PostgreSQL; on a server of yours with BELLWETHER_TEST_POSTGRES=postgres://...
	go test -count=1 -timeout 5m -run /postgres ./internal/...

# What the tests stand on besides Go. Chromium looks at the pages of the cabinet and calls in a page. sipp makes calls. strace injects faults into fsync and
# espeak-ng speaks prompts; where they cannot be had, those tests are skipped.
.PHONY: needs
needs:
	@scripts/need.sh gcc postgresql chromium sipp 'baresip?' 'kamailio?' 'strace?' 'espeak-ng?'

.PHONY: generate
generate: .tools/templ ## components to Go, scripts and styles to bundles, after a change to a .templ, .ts or .css file
	.tools/templ generate -include-version=false -path internal
	go run ./internal/web/asset/generate internal/web/asset internal/widget

.PHONY: record
record: ## what the program says to callers, spoken anew by espeak-ng, after a change to internal/media/spoken/words.txt
	@scripts/need.sh espeak-ng
	go run ./internal/media/spoken/record internal/media/spoken

.PHONY: lint
lint: .tools/staticcheck .tools/gofumpt .tools/templ .tools/tsgo ## vet, staticcheck, gofumpt, types of scripts, stale templates: prints what must change
	@scripts/stale.sh
	.tools/tsgo --noEmit -p tsconfig.json
	go vet -tags soak ./...
	.tools/staticcheck -tags soak ./...
	@unformatted=$$(.tools/gofumpt -l cmd internal); if [ -n "$$unformatted" ]; then \
		echo "not formatted, run make format:"; echo "$$unformatted"; exit 1; fi

.PHONY: format
format: .tools/gofumpt ## rewrite the Go files in the house format
	.tools/gofumpt -l -w cmd internal

.tools/staticcheck: tools/go.mod
	cd tools && go build -o ../$@ honnef.co/go/tools/cmd/staticcheck

.tools/gofumpt: tools/go.mod
	cd tools && go build -o ../$@ mvdan.cc/gofumpt

# esbuild drops the types of scripts without a look; the compiler looks, and is Go as well.
.tools/tsgo: tools/go.mod
	cd tools && go build -o ../$@ github.com/microsoft/typescript-go/cmd/tsgo

.tools/templ: tools/go.mod
	cd tools && go build -o ../$@ github.com/a-h/templ/cmd/templ

.PHONY: bench
bench: ## the figures, one line each, beside a baseline of the same run; BENCH=name for one
	go run ./cmd/bellwether-bench $(if $(BENCH),-only $(BENCH))

.PHONY: bench-web
bench-web: ## the time each page takes with 10,000 projects and a million ledger entries; then bench-hit and bench-screen
	go run ./cmd/bellwether-bench -only web
	go run ./cmd/bellwether-bench -only hit
	go run ./cmd/bellwether-bench -only screen

.PHONY: bench-hit
bench-hit: ## what a hit of the tag costs, durable, plain and with a lease of a number; the size of the tag, the time of the calculator
	go run ./cmd/bellwether-bench -only hit

.PHONY: bench-sip
bench-sip: ## calls a second with charging, what a call costs to set up, and what its audio costs, beside their targets
	go run ./cmd/bellwether-bench -only sip

.PHONY: bench-screen
bench-screen: ## from a call's INVITE to its advert on an open live board, on each engine
	go run ./cmd/bellwether-bench -only screen

.PHONY: fuzz
fuzz: ## each fuzz target for FUZZTIME (30s)
	scripts/fuzz.sh $(FUZZTIME)

.PHONY: soak
soak: needs ## every fault point and the long runs, for half an hour or more
	go test -tags soak -count=1 -timeout 3h ./...

.PHONY: verify
verify: ## recompute the ledger in DATA (bellwether-data) and name the first breach
	go run ./cmd/bellwether verify --data-dir $(DATA)

.PHONY: build
build: ## the static binary, bin/bellwether
	go build -trimpath -o bin/bellwether ./cmd/bellwether
