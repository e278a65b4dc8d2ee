package tracking

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
)

// String is the values in the order of their names: "city=Kyiv, vip=true".
func (v Values) String() string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(v)) {
		parts = append(parts, name+"="+v[name])
	}
	return strings.Join(parts, ", ")
}

// customText is values as the row of a visit has them.
func customText(v map[string]string) string {
	if len(v) == 0 {
		return ""
	}
	text, _ := json.Marshal(v) // strings always can
	return string(text)
}

// learn adds what the site says later to what it said of a visit, the latest word on each name, and reports whether anything is new (Rule
// C-87). Beyond the bounds of a hit no further name is added.
func (v *visit) learn(said Values) (news bool) {
	for name, value := range said {
		was, known := v.custom[name]
		if known && was == value || !known && len(v.custom) >= mostCustom {
			continue
		}
		if !news {
			news, v.custom = true, maps.Clone(v.custom)
		}
		if v.custom == nil {
			v.custom = map[string]string{}
		}
		v.custom[name] = value
	}
	return news
}

// parseCustom reads the values of a visit's row; what cannot be read is none.
func parseCustom(written string) (v Values) {
	if written == "" || json.Unmarshal([]byte(written), &v) != nil {
		return nil
	}
	return v
}

// clientIDs are the values that hold the visitor's id at the site's own analytics, the first that is there counts (Rule C-87).
var clientIDs = []string{"client_id", "_ga", "_ym_uid"}

// ClientID is the visitor's id at the site's own analytics, where the site hands it over (Rule C-87): as client_id, or in the cookies of
// Google Analytics, of which the id alone counts, or of Metrica. Empty where it does not.
func (v Visit) ClientID() string {
	for _, name := range clientIDs {
		id := v.Custom[name]
		if name == "_ga" { // GA1.2.1620817000.1234567890
			if parts := strings.Split(id, "."); len(parts) == 4 {
				id = parts[2] + "." + parts[3]
			}
		}
		if id != "" {
			return id
		}
	}
	return ""
}
