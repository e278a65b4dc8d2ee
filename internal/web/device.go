package web

import "strings"

// The names that tell browsers and systems apart, the telling ones first: every browser claims to be several others.
var (
	browsers = [][2]string{
		{"Edg/", "Edge"},
		{"OPR/", "Opera"},
		{"YaBrowser/", "Yandex Browser"},
		{"SamsungBrowser/", "Samsung Internet"},
		{"Firefox/", "Firefox"},
		{"FxiOS/", "Firefox"},
		{"CriOS/", "Chrome"},
		{"Chrome/", "Chrome"},
		{"Safari/", "Safari"},
		{"curl/", "curl"},
		{"Go-http-client", "Go"},
	}
	systems = [][2]string{
		{"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Android", "Android"}, {"Windows", "Windows"}, {"Mac OS X", "macOS"}, {"CrOS", "ChromeOS"}, {"Linux", "Linux"},
	}
)

// Device names the browser and the system a request came from, as they say of themselves: "Firefox, Linux". It is empty where
// they say nothing known.
func Device(agent string) string {
	var parts []string
	for _, list := range [][][2]string{browsers, systems} {
		for _, entry := range list {
			if strings.Contains(agent, entry[0]) {
				parts = append(parts, entry[1])
				break
			}
		}
	}
	return strings.Join(parts, ", ")
}
