package source

// network is who adds a click id, and what a click with it is when no tag says more.
type network struct{ param, name, medium string }

// networks in the order in which they decide, where an address carries several: paid ones first. An empty medium means that the
// id alone does not tell an advert from a plain link (fbclid stands on every link from Facebook); the source is told.
var networks = []network{
	{"gclid", "google", "cpc"},
	{"wbraid", "google", "cpc"},
	{"gbraid", "google", "cpc"},
	{"yclid", "yandex", "cpc"},
	{"ymclid", "yandex.market", "cpc"},
	{"msclkid", "bing", "cpc"},
	{"ttclid", "tiktok", "cpc"},
	{"twclid", "twitter", "cpc"},
	{"li_fat_id", "linkedin", "cpc"},
	{"epik", "pinterest", "cpc"},
	{"sccid", "snapchat", "cpc"},
	{"rdt_cid", "reddit", "cpc"},
	{"rb_clickid", "vk", "cpc"},
	{"tblci", "taboola", "cpc"},
	{"dclid", "google", "display"},
	{"irclickid", "impact", "affiliate"},
	{"admitad_uid", "admitad", "affiliate"},
	{"_kx", "klaviyo", "email"},
	{"mc_cid", "mailchimp", "email"},
	{"fbclid", "facebook", "social"},
	{"igshid", "instagram", "social"},
	{"srsltid", "google", "organic"},
	{"ysclid", "yandex", "organic"},
}

// begins tells the ids that are new with each click from those that name a campaign or a person and stay the same.
var notPerClick = map[string]bool{"_kx": true, "mc_cid": true}

// clicksOf are the click ids of an address, in the order of networks.
func clicksOf(found map[string]string) []Click {
	var clicks []Click
	for _, n := range networks {
		if id := found[n.param]; id != "" && !notPerClick[n.param] {
			clicks = append(clicks, Click{n.param, id})
		}
	}
	return clicks
}

// byClick reads a click id (Rule C-32): the first network decides.
func (s *Source) byClick(found map[string]string) bool {
	for _, n := range networks {
		if found[n.param] != "" {
			s.Name, s.Medium, s.Kind = n.name, n.medium, kindOf(n.name)
			return true
		}
	}
	return false
}
