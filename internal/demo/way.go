package demo

import (
	"fmt"
	"math/rand/v2"
)

// way is how people come to the shop's site.
type way struct {
	share    int // of a hundred visits
	page     string
	tags     string // of the address; %x stands for a click's own number
	referrer string
	paid     bool
}

// search is whom a search engine found the shop for.
var search = way{share: 22, page: "/bouquets", referrer: "https://www.google.com/"}

// adverts are what the shop pays for.
var adverts = []way{
	{share: 8, page: "/bouquets/roses", tags: "?utm_source=google&utm_medium=cpc&utm_campaign=roses-kyiv&utm_term=roses+delivery+kyiv&gclid=%x", referrer: "https://www.google.com/", paid: true},
	{share: 6, page: "/weddings", tags: "?utm_source=google&utm_medium=cpc&utm_campaign=weddings&utm_term=wedding+florist&gclid=%x", referrer: "https://www.google.com/", paid: true},
	{share: 4, page: "/bouquets", tags: "?utm_source=google&utm_medium=cpc&utm_campaign=brand&utm_term=kvitka&gclid=%x", referrer: "https://www.google.com/", paid: true},
	{share: 5, page: "/bouquets/peonies", tags: "?utm_source=facebook&utm_medium=paid_social&utm_campaign=peony-week&utm_content=carousel&fbclid=%x", referrer: "https://www.facebook.com/", paid: true},
	{share: 3, page: "/gifts", tags: "?utm_source=instagram&utm_medium=paid_social&utm_campaign=gift-cards&utm_content=story&fbclid=%x", referrer: "https://www.instagram.com/", paid: true},
}

// ways are all, the last for what the others leave of a hundred.
var ways = append(adverts[:len(adverts):len(adverts)],
	search,
	way{share: 3, page: "/", referrer: "https://www.bing.com/"},
	way{share: 10, page: "/", referrer: "https://l.instagram.com/"},
	way{share: 4, page: "/bouquets", referrer: "https://chatgpt.com/"},
	way{share: 1, page: "/weddings", referrer: "https://www.perplexity.ai/"},
	way{share: 5, page: "/bouquets/seasonal", tags: "?utm_source=newsletter&utm_medium=email&utm_campaign=autumn"},
	way{share: 4, page: "/weddings", referrer: "https://vesilla-blog.example/florists"},
	way{share: 4, page: "/contacts", tags: "?utm_source=google&utm_medium=organic&utm_campaign=business-profile", referrer: "https://www.google.com/maps"},
	way{share: 3, page: "/delivery", referrer: "https://www.youtube.com/"},
	way{page: "/"},
)

// wayIn is the way of one visitor in a hundred.
func wayIn(n int) way {
	for _, w := range ways {
		if n -= w.share; n < 0 {
			return w
		}
	}
	return ways[len(ways)-1]
}

func (w way) query(chance *rand.Rand) string {
	if w.tags == "" || w.tags[len(w.tags)-1] != 'x' {
		return w.tags
	}
	return fmt.Sprintf(w.tags, chance.Uint64())
}

var (
	pages     = []string{"/bouquets", "/bouquets/roses", "/bouquets/peonies", "/bouquets/seasonal", "/weddings", "/gifts", "/delivery", "/contacts", "/about"}
	languages = []string{"uk-UA", "uk-UA", "uk-UA", "ru-UA", "en-GB"}
	names     = []string{"Marta", "Ihor", "Sofiia", "Andrii", "Nataliia", "Yurii"}

	desktops = []string{
		"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36",
		"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Safari/605.1.15",
		"Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0",
	}
	phones = []string{
		"Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Mobile Safari/537.36",
		"Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1",
		"Mozilla/5.0 (Linux; Android 14; SM-A546B) AppleWebKit/537.36 (KHTML, like Gecko) SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36",
	}
	programs = []string{
		"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)", "curl/8.14.1",
	}
)
