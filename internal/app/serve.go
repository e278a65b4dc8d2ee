package app

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"time"

	"bellwether/internal/account"
	"bellwether/internal/store"
)

// The patience of the server: a client that is slower than this is cut off.
const (
	headerTimeout = 5 * time.Second
	readTimeout   = 30 * time.Second
	writeTimeout  = 5 * time.Minute // a streamed export of years
	idleTimeout   = 2 * time.Minute
	drainTimeout  = 20 * time.Second
	headerBytes   = 64 << 10
)

// Serve answers requests on a listener and runs the loops until ctx ends; then it takes no new request, lets the running
// ones finish, stops the loops and returns.
func (a *App) Serve(ctx context.Context, listener net.Listener) error {
	var loops group
	running, stop := context.WithCancel(context.WithoutCancel(ctx))
	if a.phones != nil {
		if err := a.phones.start(running, &loops); err != nil {
			stop()
			loops.Wait()
			return err
		}
	}
	a.start(running, &loops)
	server := &http.Server{
		Handler: a.Handler(), TLSConfig: a.secure, ReadHeaderTimeout: headerTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: headerBytes,
		ErrorLog: slog.NewLogLogger(a.Log.Handler(), slog.LevelWarn),
	}
	server.RegisterOnShutdown(a.Hub.Close) // a stream of live updates would never end by itself; open pages come back to the next process
	failed := make(chan error, 1)
	go func() { failed <- a.answer(server, listener) }()
	a.Log.Info("serving", "address", listener.Addr().String(), "tls", a.secure != nil, "public_url", a.Config.PublicURL)
	var err error
	select {
	case err = <-failed:
	case <-ctx.Done():
		if a.phones != nil {
			a.phones.drain(context.WithoutCancel(ctx))
		}
		draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTimeout)
		err = server.Shutdown(draining)
		cancel()
		<-failed
	}
	if a.phones != nil {
		a.phones.stop()
	}
	stop()
	loops.Wait()
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

func (a *App) answer(server *http.Server, listener net.Listener) error {
	if a.secure != nil {
		return server.ServeTLS(listener, "", "") // the configuration has the certificates
	}
	return server.Serve(listener)
}

// Handler answers everything the node does: the API, what tells of the node itself, and the cabinet for all the rest.
func (a *App) Handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /readyz", a.serveHealth)
	mux.Handle("GET /metrics", a.forMonitors(a.Metrics.Handler()))
	for _, path := range []string{"/v1/", "/docs", "/docs/", "/openapi.json", "/openapi.yaml"} {
		mux.Handle(path, a.asClient(a.API))
	}
	mux.Handle("GET "+SIPPath, a.asClient(http.HandlerFunc(a.serveSIP))) // past the pages' middleware: the connection is taken over
	a.serveTracking(mux)
	mux.Handle("/", a.Cabinet)
	return asNobody(mux)
}

// asNobody begins every request with no right to change anything: what is behind it finds out who asks (Rule A-18).
func asNobody(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, r.WithContext(store.Guarded(r.Context(), store.Nobody)))
	})
}

// asClient shows a request as coming from whom trusted proxies say it comes, so that limits, bans and the trail are about
// the client and not about the proxy.
func (a *App) asClient(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if client := a.proxies.Of(r); len(a.proxies) > 0 && client.Address.IsValid() {
			r = r.WithContext(r.Context()) // a copy: the request itself is the server's
			r.RemoteAddr = netip.AddrPortFrom(client.Address, 0).String()
		}
		next.ServeHTTP(w, r)
	})
}

// forMonitors keeps what the metrics tell of the business from strangers: they are for a collector on this machine, or one
// that shows an operator's key.
func (a *App) forMonitors(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !isLocal(r) {
			if key, err := a.API.Authenticate(r); err != nil || key.Scope != account.Operator {
				http.NotFound(w, r)
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

// isLocal reports whether a request comes from this machine itself. One that a proxy on it passes on comes from elsewhere.
func isLocal(r *http.Request) bool {
	for _, name := range []string{"Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"} {
		if r.Header.Get(name) != "" {
			return false
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	ip := net.ParseIP(host)
	return err == nil && ip.IsLoopback()
}
