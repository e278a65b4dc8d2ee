package tracking

import (
	"slices"
	"sync"

	"bellwether/internal/phone"
)

// regions are the regions of area codes, by country and code: areas, turned round.
var regions = sync.OnceValue(func() map[string]string {
	known := map[string]string{}
	for region, codes := range areas {
		for _, code := range codes {
			if key := region[:2] + "/" + code; known[key] == "" || region < known[key] {
				known[key] = region
			}
		}
	}
	return known
})

// regionOf is where a caller's number is from: the region of its area code, else its country, as numbers of mobile telephones have no area.
func regionOf(n phone.Number) string {
	country := n.Country()
	if country == "" {
		return ""
	}
	if area, _ := n.Area(); area != "" {
		if region := regions()[country+"/"+area]; region != "" {
			return region
		}
	}
	return country
}

// beside is the visitor's region as far as it can be compared with a caller's: their country where the two are of different ones, the region
// where both are known, else nothing (Rule C-101).
func (p Place) beside(caller string) string {
	const country = 2
	switch {
	case p.Country == "" || len(caller) < country:
		return ""
	case p.Country != caller[:country]:
		return p.Country
	case len(caller) == country || p.Region == "":
		return ""
	case slices.Equal(areas[p.Region], areas[caller]):
		return caller // two regions with one area code
	}
	return p.Region
}
