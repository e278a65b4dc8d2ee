package source

import (
	"regexp"
	"slices"
	"strings"
)

// Channel is a group of sources, in GA4's words, with AI assistants as one more.
type Channel string

// The groups, in the order in which they are tried (Rule C-37).
const (
	ChannelDirect          Channel = "Direct"
	ChannelCrossNetwork    Channel = "Cross-network"
	ChannelPaidShopping    Channel = "Paid Shopping"
	ChannelPaidSearch      Channel = "Paid Search"
	ChannelPaidSocial      Channel = "Paid Social"
	ChannelPaidVideo       Channel = "Paid Video"
	ChannelDisplay         Channel = "Display"
	ChannelPaidOther       Channel = "Paid Other"
	ChannelAI              Channel = "AI Assistants"
	ChannelOrganicShopping Channel = "Organic Shopping"
	ChannelOrganicSocial   Channel = "Organic Social"
	ChannelOrganicVideo    Channel = "Organic Video"
	ChannelOrganicSearch   Channel = "Organic Search"
	ChannelEmail           Channel = "Email"
	ChannelAffiliates      Channel = "Affiliates"
	ChannelReferral        Channel = "Referral"
	ChannelAudio           Channel = "Audio"
	ChannelSMS             Channel = "SMS"
	ChannelPush            Channel = "Mobile Push Notifications"
	ChannelUnassigned      Channel = "Unassigned"
)

// Channels are all of them, for a choice.
var Channels = []Channel{
	ChannelDirect, ChannelCrossNetwork, ChannelPaidShopping, ChannelPaidSearch, ChannelPaidSocial, ChannelPaidVideo, ChannelDisplay, ChannelPaidOther, ChannelAI,
	ChannelOrganicShopping, ChannelOrganicSocial, ChannelOrganicVideo, ChannelOrganicSearch, ChannelEmail, ChannelAffiliates, ChannelReferral, ChannelAudio, ChannelSMS,
	ChannelPush, ChannelUnassigned,
}

// ChannelOffline is what stands on paper: no visit has it, only numbers do.
const ChannelOffline Channel = "Offline"

// Named is the source that somebody names, such as one that a telephone number stands for: its kind and channel are those of a visit with these
// tags. Name and medium count without their case.
func Named(name, medium, campaign string) Source {
	s := Source{Name: strings.ToLower(name), Medium: strings.ToLower(medium), Campaign: campaign, Kind: kindOf(strings.ToLower(name)), By: Tags}
	s.Channel = channelOf(s)
	return s
}

var (
	paidMedium   = regexp.MustCompile(`cp.|^ppc$|^retargeting$|^paid`)
	shopCampaign = regexp.MustCompile(`(^|[^a-df-z])shop|shopping`)

	displayMedia   = []string{"display", "banner", "expandable", "interstitial", "cpm"}
	socialMedia    = []string{"social", "social-network", "social-media", "sm", "social network", "social media"}
	emailWords     = []string{"email", "e-mail", "e_mail", "e mail"}
	affiliateMedia = []string{"affiliate", "affiliates"}
	referralMedia  = []string{"referral", "app", "link"}
)

func channelOf(s Source) Channel {
	campaign := strings.ToLower(s.Campaign)
	shop := s.Kind == Shopping || shopCampaign.MatchString(campaign)
	switch {
	case s.Name == direct && (s.Medium == none || s.Medium == notSet):
		return ChannelDirect
	case strings.Contains(campaign, "cross-network"):
		return ChannelCrossNetwork
	case paidMedium.MatchString(s.Medium):
		return paidChannel(s, shop)
	case slices.Contains(displayMedia, s.Medium):
		return ChannelDisplay
	}
	return organicChannel(s, shop)
}

func paidChannel(s Source, shop bool) Channel {
	switch {
	case shop:
		return ChannelPaidShopping
	case s.Kind == Search:
		return ChannelPaidSearch
	case s.Kind == Social:
		return ChannelPaidSocial
	case s.Kind == Video:
		return ChannelPaidVideo
	case slices.Contains(displayMedia, s.Medium):
		return ChannelDisplay
	}
	return ChannelPaidOther
}

func organicChannel(s Source, shop bool) Channel {
	switch {
	case s.Kind == Assistant:
		return ChannelAI
	case shop:
		return ChannelOrganicShopping
	case s.Kind == Social || slices.Contains(socialMedia, s.Medium):
		return ChannelOrganicSocial
	case s.Kind == Video || strings.Contains(s.Medium, "video"):
		return ChannelOrganicVideo
	case s.Medium == "organic" || s.Kind == Search:
		return ChannelOrganicSearch
	case slices.Contains(emailWords, s.Medium) || slices.Contains(emailWords, s.Name):
		return ChannelEmail
	}
	return otherChannel(s)
}

func otherChannel(s Source) Channel {
	switch {
	case slices.Contains(affiliateMedia, s.Medium):
		return ChannelAffiliates
	case slices.Contains(referralMedia, s.Medium):
		return ChannelReferral
	case s.Medium == "audio":
		return ChannelAudio
	case s.Medium == "sms" || s.Name == "sms":
		return ChannelSMS
	case strings.HasSuffix(s.Medium, "push"), strings.Contains(s.Medium, "mobile"), strings.Contains(s.Medium, "notification"), s.Name == "firebase":
		return ChannelPush
	}
	return ChannelUnassigned
}
