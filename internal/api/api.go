package api

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"bellwether/internal/access"
	"bellwether/internal/account"
	"bellwether/internal/approval"
	"bellwether/internal/billing"
	"bellwether/internal/call"
	"bellwether/internal/charging"
	"bellwether/internal/courier"
	numbers "bellwether/internal/number"
	"bellwether/internal/pricebook"
	"bellwether/internal/project"
	"bellwether/internal/routing"
	"bellwether/internal/staff"
	"bellwether/internal/store"
	"bellwether/internal/telemetry"
	"bellwether/internal/tracking"
	"bellwether/internal/trunk"
	"bellwether/internal/webhook"
)

// Parts are what the API stands on. All are required but Wake.
type Parts struct {
	DB          *store.DB
	Books       *pricebook.Library
	Billing     *billing.Service
	Charging    *charging.Service
	Numbers     *numbers.Service
	Approvals   *approval.Service
	Staff       *staff.Service
	Routing     *routing.Service
	Trunks      *trunk.Service
	Projects    *project.Cache
	Keys        *account.Keyring
	Gate        *access.Gate
	Links       call.Links
	Clock       func() time.Time
	Log         *slog.Logger
	Metrics     *telemetry.Metrics
	Version     string      // of the program, for the document
	Switchboard Switchboard // nil where no PBX runs
	Tracking    *tracking.Service
	Webhooks    *webhook.Service
	Events      *store.DB // what visitors do
	Origin      string    // where the tag is served: "https://cabinet.example.com"
	// Rescore scores a call anew (app.RescoreFor).
	Rescore func(ctx context.Context, p access.Permit, id call.ID) (changed bool, err error)
	// Promo finds where a call came from by its caller's code (app.OriginByCode).
	Promo func(ctx context.Context, p access.Permit, id call.ID, code string) (call.Origin, error)
	// TryCRM asks a CRM now (app.TryCRM).
	TryCRM func(ctx context.Context, p access.Permit, client string) (courier.Said, staff.EmployeeID, error)
	// TryWebhook sends a test now (app.TryWebhook).
	TryWebhook func(ctx context.Context, p access.Permit, id webhook.EndpointID) (webhook.Delivery, error)
	Wake       func() // called after a write, so that its events are delivered at once
}

// API serves the HTTP API. Make one with New.
type API struct {
	parts       Parts
	huma        huma.API
	mux         *http.ServeMux
	throttle    *throttle
	simulations chan struct{} // one token for each that runs
	ordering    turns
	documents   documents
}

// New makes the API with all its operations. It panics where an operation is described wrongly: that is a programmer's
// mistake, and no request should meet it.
func New(parts Parts) *API {
	if parts.Wake == nil {
		parts.Wake = func() {}
	}
	a := &API{
		parts: parts, mux: http.NewServeMux(), throttle: newThrottle(parts.Clock),
		simulations: make(chan struct{}, mostSimulations),
	}
	a.huma = humago.New(a.mux, newConfig(parts.Version))
	a.huma.UseMiddleware(a.guard)
	for _, register := range []func(*API){
		projectRoutes, productRoutes, previewRoutes, numberRoutes, stockRoutes, userRoutes, termRoutes, paymentRoutes, adjustmentRoutes, approvalRoutes, usageRoutes,
		legRoutes, statementRoutes, entryRoutes, forecastRoutes, stateRoutes, quoteRoutes, bookRoutes, simulateRoutes, historyRoutes,
		nightRoutes, keyRoutes, houseRoutes, holdRoutes, callRoutes, callHistoryRoutes, recordingRoutes, callReportRoutes, ringostatRoutes, orderRoutes,
		callSettingRoutes, staffRoutes, schemeRoutes, carryRoutes, planRoutes, promptRoutes, trunkRoutes, banRoutes, siteRoutes, ruleRoutes, poolRoutes, rescoringRoutes, visitRoutes, promiseRoutes, leadRoutes,
		webhookRoutes, crmRoutes, k50Routes, calculatorRoutes,
	} {
		register(a)
	}
	describeWebhooks(a.huma.OpenAPI())
	a.documentRoutes()
	return a
}

// snapshot runs a read on one consistent state of the database.
func (a *API) snapshot(ctx context.Context, read func(ctx context.Context, q store.Querier) error) error {
	return a.parts.DB.Snapshot(ctx, read)
}

// now is the instant at which a request takes effect.
func (a *API) now() time.Time { return a.parts.Clock() }
