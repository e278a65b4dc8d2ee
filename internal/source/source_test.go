package source_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"bellwether/internal/source"
)

var shop = source.NewSite([]string{"https://www.shop.example/", "квіти.укр"}, []string{"pay.partner.example"})

// told is what a report says of a source.
func told(s source.Source) string {
	text := s.Name + " / " + s.Medium + " / " + string(s.Channel)
	for _, more := range []string{s.Campaign, s.Term, s.Content} {
		if more != "" {
			text += " / " + more
		}
	}
	return text
}

// TestWorkedExamples is the table of Rules C-31, C-32, C-33 and C-37.
func TestWorkedExamples(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, url, referrer, want string }{
		{"typed", "/", "", "(direct) / (none) / Direct"},
		{"tags", "/?utm_source=Google&utm_medium=CPC&utm_campaign=Roses&utm_term=buy+roses&utm_content=a1", "", "google / cpc / Paid Search / Roses / buy roses / a1"},
		{"tags in capitals", "/?UTM_SOURCE=vk&Utm_Medium=cpc", "", "vk / cpc / Paid Social"},
		{"the first tag of a name counts", "/?utm_source=&utm_source=one&utm_source=two&utm_medium=email", "", "one / email / Email"},
		{"tags behind a hash", "/#utm_source=news&utm_medium=email", "", "news / email / Email"},
		{"tags in a route", "/#/sale?utm_source=news&utm_medium=email", "", "news / email / Email"},
		{"tags win over the referrer", "/?utm_source=news&utm_medium=email", "https://www.google.com/", "news / email / Email"},
		{"only a campaign: the referrer completes", "/?utm_campaign=sale", "https://www.google.com/", "google / (not set) / Organic Search / sale"},
		{"only a campaign: the click completes", "/?utm_campaign=sale&gclid=Cj0", "", "google / cpc / Paid Search / sale"},
		{"a campaign by its number", "/?utm_source=a&utm_medium=cpc&utm_id=77", "", "a / cpc / Paid Other / 77"},
		{"placeholders nobody filled in", "/?utm_source=yandex&utm_medium=cpc&utm_term={keyword}&utm_campaign=%7Bcampaign_id%7D", "", "yandex / cpc / Paid Search"},

		{"Google Ads", "/?gclid=Cj0", "https://www.google.com.ua/", "google / cpc / Paid Search"},
		{"Google Ads on iOS", "/?gbraid=0AA", "", "google / cpc / Paid Search"},
		{"Yandex Direct", "/?yclid=123", "https://yandex.ru/", "yandex / cpc / Paid Search"},
		{"Yandex Market", "/?ymclid=123", "", "yandex.market / cpc / Paid Shopping"},
		{"Microsoft Ads", "/?msclkid=a", "", "bing / cpc / Paid Search"},
		{"TikTok", "/?ttclid=a", "", "tiktok / cpc / Paid Social"},
		{"Facebook's parameter is on plain links too", "/?fbclid=IwAR", "https://l.facebook.com/", "facebook / social / Organic Social"},
		{"an advert on Facebook is tagged", "/?fbclid=IwAR&utm_source=fb&utm_medium=cpc", "", "fb / cpc / Paid Social"},
		{"Yandex organic", "/?ysclid=lx1", "", "yandex / organic / Organic Search"},
		{"free listing of Google", "/?srsltid=Af", "", "google / organic / Organic Search"},
		{"Performance Max", "/?gclid=a&utm_campaign=Cross-network+spring", "", "google / cpc / Cross-network / Cross-network spring"},

		{"Google", "/", "https://www.google.co.uk/", "google / organic / Organic Search"},
		{"Google's app", "/", "android-app://com.google.android.googlequicksearchbox/", "google / organic / Organic Search"},
		{"an engine that tells the term", "/", "https://duckduckgo.com/?q=red%20roses", "duckduckgo / organic / Organic Search / red roses"},
		{"Gmail is no search", "/", "https://mail.google.com/mail/u/0/", "gmail / email / Email"},
		{"nor are documents", "/", "https://docs.google.com/document/d/1", "google-docs / referral / Referral"},
		{"ChatGPT", "/", "https://chatgpt.com/", "chatgpt / referral / AI Assistants"},
		{"ChatGPT tags its links", "/?utm_source=chatgpt.com", "", "chatgpt.com / (not set) / AI Assistants"},
		{"Gemini is below google.com", "/", "https://gemini.google.com/app", "gemini / referral / AI Assistants"},
		{"Alice", "/", "https://alice.yandex.ru/", "alice / referral / AI Assistants"},
		{"Instagram", "/", "https://l.instagram.com/?u=x", "instagram / social / Organic Social"},
		{"Telegram's app", "/", "android-app://org.telegram.messenger", "telegram / social / Organic Social"},
		{"YouTube", "/", "https://m.youtube.com/watch", "youtube / video / Organic Video"},
		{"a marketplace", "/", "https://market.yandex.ru/", "yandex.market / referral / Organic Shopping"},
		{"a link", "/", "https://www.blog.example/post", "blog.example / referral / Referral"},
		{"a host in its own script", "/", "https://xn--j1ail.xn--p1ai/", "кто.рф / referral / Referral"},
		{"not Google", "/", "https://google.evil.example/", "google.evil.example / referral / Referral"},
		{"nor this", "/", "https://notgoogle.com/", "notgoogle.com / referral / Referral"},

		{"display", "/?utm_source=partner&utm_medium=banner", "", "partner / banner / Display"},
		{"impressions", "/?utm_source=partner&utm_medium=cpm", "", "partner / cpm / Display"},
		{"video advert", "/?utm_source=youtube&utm_medium=cpv", "", "youtube / cpv / Paid Video"},
		{"affiliate", "/?utm_source=admitad&utm_medium=affiliate", "", "admitad / affiliate / Affiliates"},
		{"SMS", "/?utm_source=sms&utm_medium=sms", "", "sms / sms / SMS"},
		{"push", "/?utm_source=app&utm_medium=web-push", "", "app / web-push / Mobile Push Notifications"},
		{"audio", "/?utm_source=radio&utm_medium=audio", "", "radio / audio / Audio"},
		{"a shopping campaign", "/?utm_source=partner&utm_medium=cpc&utm_campaign=shopping-may", "", "partner / cpc / Paid Shopping / shopping-may"},
		{"a workshop is no shop", "/?utm_source=partner&utm_medium=cpc&utm_campaign=workshop", "", "partner / cpc / Paid Other / workshop"},
		{"leaflet", "/?utm_source=leaflet&utm_medium=print", "", "leaflet / print / Unassigned"},
	} {
		got := told(source.Classify("https://shop.example"+c.url, c.referrer, shop))
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestDecoding is Rule C-34: what the tags say, however they were written.
func TestDecoding(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"%D1%80%D0%BE%D0%B7%D1%8B":                 "розы", // UTF-8
		"%F0%EE%E7%FB":                             "розы", // Windows-1251
		"%25D1%2580%25D0%25BE%25D0%25B7%25D1%258B": "розы", // UTF-8, encoded twice

		"розы":                              "розы", // as it is
		"100%":                              "100%",
		"50%25+off":                         "50% off",
		"a%zzb":                             "a%zzb",
		"a%00b%0Ac%E2%80%AEd":               "abcd", // nobody sees them
		"%20roses%20":                       "roses",
		strings.Repeat("%D1%80", 400):       strings.Repeat("р", 200),
		"%3Cscript%3Ealert(1)%3C/script%3E": "<script>alert(1)</script>", // text like any other; pages escape it
		"{keyword}":                         "",
		"%7Bad_id%7D":                       "",
		"{a}b":                              "{a}b",
		"%" + strings.Repeat("a", 10):       "\xaa"[:0] + "Єaaaaaaaa",
	} {
		s := source.Classify("https://shop.example/?utm_source=a&utm_campaign="+text, "", shop)
		if diff := cmp.Diff(want, s.Campaign); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}

// TestInternal is Rule C-35: neither the site itself nor who sends visitors back is a source.
func TestInternal(t *testing.T) {
	t.Parallel()
	for referrer, want := range map[string]bool{
		"https://shop.example/cart":          true,
		"https://www.shop.example:8443/":     true,
		"https://blog.SHOP.example/":         true,
		"https://xn--b1ame7a1g.xn--j1amh/":   true, // квіти.укр
		"https://м.квіти.укр/":               true,
		"https://www.liqpay.ua/checkout":     true,
		"https://secure.wayforpay.com/page":  true,
		"https://checkout.stripe.com/pay":    true,
		"https://oauth.vk.com/authorize":     true,
		"https://accounts.google.com/":       true,
		"https://pay.partner.example/":       true,
		"https://partner.example/":           false,
		"https://notshop.example/":           false,
		"https://shop.example.evil.example/": false,
		"https://user:pw@blog.example/":      false,
		"https://shop.example@blog.example/": false,
		"":                                   false,
		"about:blank":                        false,
	} {
		s := source.Classify("https://shop.example/", referrer, shop)
		if s.Internal != want {
			t.Errorf("%s: internal %t: %s", referrer, s.Internal, told(s))
		}
		if s.Internal && s.Channel != source.ChannelDirect {
			t.Errorf("%s: %s, where no visit is open it is direct", referrer, told(s))
		}
	}
	// The page's own host is the site's even where nobody listed it.
	if s := source.Classify("https://staging.example/b", "https://staging.example/a", source.NewSite(nil, nil)); !s.Internal {
		t.Errorf("a page of the same host: %+v", s)
	}
	// What a redirect passes on counts where the referrer is hidden.
	s := source.Classify("https://shop.example/?utm_referrer=https%3A%2F%2Fyandex.ru%2F", "https://shop.example/go", shop)
	if got, want := told(s), "yandex / organic / Organic Search"; got != want || s.Internal {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestBegins is Rule C-36: what begins a new visit while one is open.
func TestBegins(t *testing.T) {
	t.Parallel()
	const open = "/?utm_source=google&utm_medium=cpc&utm_campaign=roses&gclid=A"
	for _, c := range []struct {
		name, url, referrer string
		want                bool
	}{
		{"the landing page again", open, "https://www.google.com/", false},
		{"another page", "/cart", "https://shop.example/", false},
		{"another click", "/?gclid=B", "", true},
		{"another network", "/?yclid=9", "", true},
		{"the same click, its tags removed", "/?gclid=A", "", false},
		{"another campaign", "/?utm_source=google&utm_medium=cpc&utm_campaign=tulips", "https://www.google.com/", true},
		{"another campaign in a link of the site", "/?utm_source=banner&utm_medium=internal", "https://shop.example/", false},
		{"another campaign that asks not to override", "/?utm_source=news&utm_medium=email&utm_nooverride=1", "", false},
		{"a search", "/", "https://www.google.com/", false},
		{"a link", "/", "https://blog.example/", false},
		{"typed", "/", "", false},
		{"back from the payment", "/thanks", "https://www.liqpay.ua/", false},
	} {
		before := source.Classify("https://shop.example"+open, "https://www.google.com/", shop)
		after := source.Classify("https://shop.example"+c.url, c.referrer, shop)
		if got := after.Begins(before); got != c.want {
			t.Errorf("%s: begins %t, want %t", c.name, got, c.want)
		}
	}
}

// TestWeakTagsCountWhereNothingIsOpen: a link of the site itself may carry on what a redirect of its own brought.
func TestWeakTagsCountWhereNothingIsOpen(t *testing.T) {
	t.Parallel()
	s := source.Classify("https://shop.example/?utm_source=news&utm_medium=email", "https://go.shop.example/r", shop)
	if !s.Weak || !s.Internal || told(s) != "news / email / Email" {
		t.Errorf("%+v", s)
	}
}

func TestClicks(t *testing.T) {
	t.Parallel()
	s := source.Classify("https://shop.example/?fbclid=F&yclid=Y&GCLID=G&mc_cid=list&gclid="+strings.Repeat("x", 300), "", shop)
	want := []source.Click{{Name: "gclid", ID: "G"}, {Name: "yclid", ID: "Y"}, {Name: "fbclid", ID: "F"}}
	if diff := cmp.Diff(want, s.Clicks); diff != "" || s.Click("yclid") != "Y" || s.Click("msclkid") != "" {
		t.Errorf("Rule C-32 (-want +got):\n%s", diff)
	}
	if s.Name != "google" {
		t.Errorf("the first network decides, not %s", s.Name)
	}
}

// TestKinds is Rule C-38: the traffic type says what a source is, whoever pays.
func TestKinds(t *testing.T) {
	t.Parallel()
	for url, want := range map[string]source.Kind{
		"/?utm_source=google&utm_medium=cpc": source.Search, "/?gclid=a": source.Search, "/?utm_source=instagram": source.Social,
		"/?utm_source=www.youtube.com": source.Video, "/?utm_source=blog.example": source.Referral, "/?utm_source=leaflet": source.Other,
		"/?utm_source=liqpay": source.Other, "/": source.Direct,
	} {
		if got := source.Classify("https://shop.example"+url, "", shop).Kind; got != want {
			t.Errorf("%s: %s, want %s", url, got, want)
		}
	}
}
