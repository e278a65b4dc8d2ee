package app

import (
	"net/netip"

	"github.com/oschwald/maxminddb-golang/v2"

	"bellwether/internal/errs"
	"bellwether/internal/tracking"
)

// atlas knows where addresses are, by a file in MaxMind's format: GeoLite2 City, DB-IP City Lite and their like.
type atlas struct{ reader *maxminddb.Reader }

// openAtlas opens the operator's file. Errors: errs.Invalid `config.bad_geo`.
func openAtlas(path string) (*atlas, error) {
	reader, err := maxminddb.Open(path)
	if err == nil {
		err = reader.Verify()
	}
	if err != nil {
		return nil, errs.New(errs.Invalid, "config.bad_geo", "%s is no file of places: %v", path, err).At("geo").Try("give a City file in the MMDB format, such as GeoLite2-City.mmdb")
	}
	return &atlas{reader}, nil
}

// At is where an address is (tracking.Atlas): country, region and city as far as the file says. Nothing where it does not know.
func (a *atlas) At(address netip.Addr) (p tracking.Place) {
	found := a.reader.Lookup(address)
	if found.Err() != nil || !found.Found() {
		return p
	}
	var region string
	for _, want := range []struct {
		into *string
		path []any
	}{
		{&p.Country, []any{"country", "iso_code"}}, {&region, []any{"subdivisions", 0, "iso_code"}}, {&p.City, []any{"city", "names", "en"}},
	} {
		if err := found.DecodePath(want.into, want.path...); err != nil {
			return tracking.Place{}
		}
	}
	if region != "" && p.Country != "" {
		p.Region = p.Country + "-" + region
	}
	return p
}
