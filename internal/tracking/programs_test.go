package tracking_test

import (
	"strings"
	"testing"

	"bellwether/internal/errs"
	"bellwether/internal/tracking"
)

// Rule C-77: programs are known by the list and by the shapes of names; browsers of people are not.
func TestPrograms(t *testing.T) {
	t.Parallel()
	each(t, 1, func(h *house) {
		names := map[string]string{ // and why they are taken for programs
			chrome: "", iphone: "",
			"Mozilla/5.0 (Linux; Android 13; CUBOT NOTE 50) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36":                                        "",
			"Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 [FBAN/FBIOS;FBAV/480.0]":                              "",
			"Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Snapchat/13.5 (like Safari/8618, panda)": "",
			"Mozilla/5.0 (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko":                                                                                              "",
			"Mozilla/4.0 (compatible; MSIE 8.0; Windows NT 6.1; Trident/4.0)":                                                                                                    "",
			"Opera/9.80 (Android; Opera Mini/36.2/191.249; U; uk) Presto/2.12.423 Version/12.16":                                                                                 "",
			"Mozilla/5.0 (Linux; Android 14; SM-A546B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36":                         "",
			"Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0":                                                                                             "",
			"Mozilla/5.0 (Linux; Android 15; Pixel 9; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/140.0.0.0 Mobile Safari/537.36 Telegram-Android/11.4":        "",
			"": "no name",
			"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)":                                                                            "bot",
			"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ChatGPT-User/1.0; +https://openai.com/bot)":                                           "bot",
			"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) HeadlessChrome/140.0.0.0 Safari/537.36":                                       "headless",
			"Mozilla/5.0 (Linux; Android 11; moto g power (2022)) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/119.0.0.0 Mobile Safari/537.36 Chrome-Lighthouse": "chrome-lighthouse",
			"curl/8.14.1":                     "curl",
			"python-requests/2.32.3":          "python",
			"Zabbix":                          "zabbix",
			"WhatsApp/2.23.20.0":              "whatsapp",
			"Nobody-Knows-Me/1.0":             "no browser's name",
			"Mozilla/5.0 (compatible; Quark)": "compatible",
			"Mozilla/5.0 (Quark; see https://quark.example/why)": "an address in the name",
		}
		for name, want := range names {
			b := h.open("https://shop.example/", "")
			b.from.Agent = name
			b.send(tracking.PageHit)
			visits, err := tracking.Visits(h.Context(), h.events, "shop", tracking.VisitFilter{}, 0, 1)
			if err != nil || len(visits) != 1 || visits[0].Bot != want {
				t.Errorf("%s: %q, not %q, %v", name, visits[0].Bot, want, err)
			}
		}
	})
}

// Rule C-77: an operator adds programs of their own, and takes back what the list has wrongly.
func TestAnOperatorsPrograms(t *testing.T) {
	t.Parallel()
	each(t, 2, func(h *house) {
		var err error
		if h.collector.Programs, err = tracking.ReadPrograms(strings.NewReader("# ours\n\nShopWatch | our own\n!tablet monitor\n")); err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct{ name, number string }{
			{"Mozilla/5.0 (X11) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 SHOPWATCH/2", ""},
			{"Mozilla/5.0 (Android 15; Tablet Monitor) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36", string(number(1))},
		} {
			b := h.open("https://shop.example/", "")
			b.from.Agent = c.name
			if b.send(tracking.PageHit); string(b.number()) != c.number {
				t.Errorf("%s sees %q", c.name, b.number())
			}
		}
	})
	for _, bad := range []string{"ab", "Mozilla", "gecko", "!x"} {
		if _, err := tracking.ReadPrograms(strings.NewReader("fine\n" + bad)); errs.CodeOf(err) != "tracking.bad_programs" {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
