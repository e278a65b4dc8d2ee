package tracking

import (
	"strings"

	"bellwether/internal/lang"
	"bellwether/internal/source"
	"bellwether/internal/swap"
	"bellwether/internal/web/ui"
)

// Of some things that a rule asks about all values are known. They are offered, read and written in words; rules themselves keep codes.

var trafficKeys = map[source.Kind]lang.Key{
	source.Search: "tracking.traffic_search", source.Assistant: "tracking.traffic_assistant", source.Social: "tracking.traffic_social", source.Mail: "tracking.traffic_mail",
	source.Video: "tracking.traffic_video", source.Shopping: "tracking.traffic_shopping", source.Referral: "tracking.traffic_referral", source.Other: "tracking.traffic_other",
	source.Direct: "tracking.traffic_direct",
}

// withKnown are the fields whose values are all known.
var withKnown = []swap.Field{swap.Device, swap.Traffic, swap.Channel}

// known are the values of a field; nil where it may have any. Channel groups have the names that analytics gives them, in all languages.
func known(v *ui.View, of swap.Field) (list []ui.Choice) {
	switch of {
	case swap.Device:
		for _, one := range []string{"mobile", "desktop", "tablet", "tv"} {
			list = append(list, ui.Choice{Value: one, Text: v.T(deviceKeys[one])})
		}
	case swap.Traffic:
		for _, one := range source.Kinds {
			list = append(list, ui.Choice{Value: string(one), Text: v.T(trafficKeys[one])})
		}
	case swap.Channel:
		for _, one := range source.Channels {
			list = append(list, ui.Choice{Value: string(one), Text: string(one)})
		}
	}
	return list
}

// inWords are values of a field as people read them.
func inWords(v *ui.View, of swap.Field, values []string) []string {
	words := make([]string, len(values))
	for i, value := range values {
		words[i] = value
		for _, one := range known(v, of) {
			if strings.EqualFold(one.Value, value) {
				words[i] = one.Text
			}
		}
	}
	return words
}

// inCodes turns the words in a group's conditions into what rules keep.
func inCodes(v *ui.View, g *swap.Group) {
	for _, c := range g.Conditions {
		for i, value := range c.Values {
			for _, one := range known(v, c.Field) {
				if strings.EqualFold(one.Text, value) {
					c.Values[i] = one.Value
				}
			}
		}
	}
	for i := range g.Groups {
		inCodes(v, &g.Groups[i])
	}
}

// offer has a field of values offer what is known; it says so in the field's place of an example.
func offer(v *ui.View, values *ui.Field, of swap.Field) {
	values.Value = writeValues(inWords(v, of, readValues(values.Value)))
	values.Placeholder = v.T("tracking.values_hint")
	if text := knownText(v, of); text != "" {
		values.List, values.Placeholder = offeredID(of), text
	}
}

func offeredID(of swap.Field) string { return "known-" + string(of) }

// knownText names the values of a field in one line; it is empty where the field may have any.
func knownText(v *ui.View, of swap.Field) string {
	var words []string
	for _, one := range known(v, of) {
		words = append(words, one.Text)
	}
	return strings.Join(words, ", ")
}
