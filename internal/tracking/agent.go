package tracking

import "strings"

// agent is what a browser says of itself.
type agent struct {
	device, system, browser string
	bot                     string // why it is taken for a program; empty for a person
}

// mark is a text by which something is known, in small letters.
type mark struct{ text, name string }

// browsers, the more particular first: nearly all of them call themselves Chrome or Safari as well.
var browsers = []mark{
	{"yabrowser", "Yandex"},
	{"yaapp", "Yandex"},
	{"edg/", "Edge"},
	{"edga/", "Edge"},
	{"edgios/", "Edge"},
	{"opr/", "Opera"},
	{"opera", "Opera"},
	{"vivaldi", "Vivaldi"},
	{"samsungbrowser", "Samsung Internet"},
	{"miuibrowser", "Mi Browser"},
	{"ucbrowser", "UC Browser"},
	{"huaweibrowser", "Huawei Browser"},
	{"instagram", "Instagram"},
	{"fban", "Facebook"},
	{"fbav", "Facebook"},
	{"gsa/", "Google App"},
	{"duckduckgo", "DuckDuckGo"},
	{"firefox", "Firefox"},
	{"fxios", "Firefox"},
	{"crios", "Chrome"},
	{"chromium", "Chromium"},
	{"chrome", "Chrome"},
	{"version/", "Safari"},
	{"trident", "Internet Explorer"},
	{"applewebkit", "WebView"},
}

var systems = []mark{
	{"windows", "Windows"},
	{"iphone", "iOS"},
	{"ipad", "iPadOS"},
	{"ipod", "iOS"},
	{"android", "Android"},
	{"harmonyos", "HarmonyOS"},
	{"tizen", "Tizen"},
	{"web0s", "webOS"},
	{"cros", "ChromeOS"},
	{"mac os", "macOS"},
	{"macintosh", "macOS"},
	{"linux", "Linux"},
}

const mostAgent = 512

// readAgent reads what a browser says it is. It looks for words and believes what it is told: whoever lies is counted as what they
// claim to be.
func readAgent(text string, programs *Programs) agent {
	text = strings.ToLower(text[:min(len(text), mostAgent)])
	a := agent{system: named(text, systems), browser: named(text, browsers), bot: programs.find(text)}
	switch {
	case a.bot != "":
		a.device = "bot"
	case has(text, "smart-tv", "smarttv", "tizen", "web0s", "appletv", "googletv", "bravia"):
		a.device = "tv"
	case has(text, "ipad", "tablet") || strings.Contains(text, "android") && !strings.Contains(text, "mobile"):
		a.device = "tablet"
	case has(text, "mobile", "iphone", "ipod", "android"):
		a.device = "mobile"
	default:
		a.device = "desktop"
	}
	return a
}

func has(text string, words ...string) bool {
	for _, word := range words {
		if strings.Contains(text, word) {
			return true
		}
	}
	return false
}

func named(text string, marks []mark) string {
	for _, m := range marks {
		if strings.Contains(text, m.text) {
			return m.name
		}
	}
	return ""
}
