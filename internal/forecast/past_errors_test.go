package forecast_test

import (
	"encoding/json"
	"testing"

	"bellwether/internal/forecast"
	"bellwether/internal/money"
)

// Rule B-80: shares are of the trials and of what was charged on the mean; what is not known is null, never zero.
func TestPastErrorsAsShown(t *testing.T) {
	t.Parallel()
	shown := forecast.Errors{
		NextCharge: forecast.Error{Trials: 8, Actual: 4 * money.Unit, Bias: -money.Unit, Median: 2 * money.Unit, WithinP50: 3, WithinP90: 7},
		Next30:     forecast.Error{Trials: 2, Bias: money.Unit, Median: money.Unit, WithinP50: 2, WithinP90: 2}, // nothing was charged
		End:        forecast.EndError{Trials: 4, Bias: 150, Median: 200, WithinP50: 1, WithinP90: 4},
	}.View()
	for _, c := range []struct {
		what string
		got  any
		want string
	}{
		{"an amount", shown.NextCharge, `{"trials":8,"mean_charged":"4","bias":"-1","bias_basis_points":-2500,"median":"2","median_basis_points":5000,"within_p50_basis_points":3750,"within_p90_basis_points":8750}`},
		{"of nothing", shown.Next30, `{"trials":2,"mean_charged":"0","bias":"1","bias_basis_points":null,"median":"1","median_basis_points":null,"within_p50_basis_points":10000,"within_p90_basis_points":10000}`},
		{"no trials", shown.Usage30, `{"trials":0,"mean_charged":null,"bias":null,"bias_basis_points":null,"median":null,"median_basis_points":null,"within_p50_basis_points":null,"within_p90_basis_points":null}`},
		{"an end", shown.FundsEnd, `{"trials":4,"bias_hundredth_days":150,"median_hundredth_days":200,"within_p50_basis_points":2500,"within_p90_basis_points":10000}`},
		{"no ends", forecast.PastErrors{}.FundsEnd, `{"trials":0,"bias_hundredth_days":null,"median_hundredth_days":null,"within_p50_basis_points":null,"within_p90_basis_points":null}`},
	} {
		if got, err := json.Marshal(c.got); err != nil || string(got) != c.want {
			t.Errorf("%s: %s, %v, want\n%s", c.what, got, err, c.want)
		}
	}
}
