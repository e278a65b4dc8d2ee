package swap

import (
	"net/netip"
	"net/url"
	"strings"
	"time"
)

// Visit is what rules may ask about.
type Visit struct {
	At       time.Time
	Landing  string // address of the first page
	Referrer string // host of the page that linked there
	Source   string
	Medium   string
	Campaign string
	Term     string
	Content  string
	Channel  string
	Traffic  string
	Country  string
	Regions  []string // each name of the region: its code, its area codes
	City     string
	Language string
	Device   string
	Address  netip.Addr        // whole; it is not kept (Rule C-64)
	Custom   map[string]string // by name
}

// facts is a visit with its landing page taken apart, once and only where a condition asks.
type facts struct {
	Visit
	parsed bool
	page   *url.URL
	query  url.Values
}

func (f *facts) landing() (*url.URL, url.Values) {
	if !f.parsed {
		f.parsed = true
		page, err := url.Parse(f.Landing)
		if err != nil {
			page = &url.URL{}
		}
		f.page, f.query = page, page.Query()
	}
	return f.page, f.query
}

// values are what a visit has in a field; none where it is not known.
func (f *facts) values(field Field, name string) []string {
	switch field {
	case Entry:
		page, _ := f.landing()
		return one(pathOf(page))
	case Host:
		page, _ := f.landing()
		return one(page.Hostname())
	case Param:
		_, query := f.landing()
		return query[name]
	case Region:
		return f.Regions
	case Custom:
		value, there := f.Custom[name]
		if !there {
			return nil
		}
		return []string{value}
	case Address:
		if !f.Address.IsValid() {
			return nil
		}
		return []string{f.Address.String()}
	}
	return one(f.single(field))
}

// single is the value of a field of which a visit has one.
func (f *facts) single(field Field) string {
	switch field {
	case Referrer:
		return f.Referrer
	case Source:
		return f.Source
	case Medium:
		return f.Medium
	case Campaign:
		return f.Campaign
	case Term:
		return f.Term
	case Content:
		return f.Content
	case Channel:
		return f.Channel
	case Traffic:
		return f.Traffic
	case Country:
		return f.Country
	case City:
		return f.City
	case Language:
		return f.Language
	case Device:
		return f.Device
	}
	return ""
}

func one(value string) []string {
	if value == "" {
		return nil
	}
	return []string{value}
}

// pathOf is the path as people type it, never empty: "/" for the home page.
func pathOf(page *url.URL) string {
	path := page.Path
	if len(path) > 1 {
		path = strings.TrimSuffix(path, "/")
	}
	if path == "" && page.Host != "" {
		return "/"
	}
	return path
}
