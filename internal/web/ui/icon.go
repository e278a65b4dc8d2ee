package ui

// Icon names a drawing of 16 by 16, in strokes of the text's colour. The zero value draws nothing.
type Icon string

// The icons. What each shows is in its path; a name says what it stands for.
const (
	IconHome     Icon = "home"
	IconLive     Icon = "live"
	IconCalls    Icon = "calls"
	IconReports  Icon = "reports"
	IconOrders   Icon = "orders"
	IconTasks    Icon = "tasks"
	IconNumbers  Icon = "numbers"
	IconPhones   Icon = "phones"
	IconWidgets  Icon = "widgets"
	IconFunds    Icon = "funds"
	IconSettings Icon = "settings"
	IconPeople   Icon = "people"
	IconShield   Icon = "shield"
	IconBook     Icon = "book"
	IconSearch   Icon = "search"
	IconMenu     Icon = "menu"
	IconMore     Icon = "more"
	IconClose    Icon = "close"
	IconDown     Icon = "down"
	IconRight    Icon = "right"
	IconLeft     Icon = "left"
	IconUp       Icon = "up"
	IconUser     Icon = "user"
	IconGlobe    Icon = "globe"
	IconTheme    Icon = "theme"
	IconFilter   Icon = "filter"
	IconColumns  Icon = "columns"
	IconDownload Icon = "download"
	IconSave     Icon = "save"
	IconInfo     Icon = "info"
	IconWarning  Icon = "warning"
	IconDone     Icon = "done"
	IconBad      Icon = "bad"
	IconUndo     Icon = "undo"
	IconCopy     Icon = "copy"
	IconPlus     Icon = "plus"
	IconCalendar Icon = "calendar"
	IconHelp     Icon = "help"
	IconLock     Icon = "lock"
	IconRows     Icon = "rows"
	IconOut      Icon = "out"
	IconChat     Icon = "chat"
	IconSend     Icon = "send"
	IconTick     Icon = "tick"
	IconPlay     Icon = "play"
)

var iconPaths = map[Icon]string{
	IconHome:     "M2.5 7 8 2.5 13.5 7v6.5h-4v-4h-3v4h-4z",
	IconLive:     "M1.5 8h3l2-5 3 10 2-5h3",
	IconCalls:    "M3 2.5h2.5l1 3-1.5 1a8 8 0 0 0 4.5 4.500l1-1.5 3 1V13a1 1 0 0 1-1 1A11 11 0 0 1 2 3.500a1 1 0 0 1 1-1z",
	IconReports:  "M2.5 13.500v-4M6.2 13.500v-8M9.8 13.500v-6M13.5 13.500v-11",
	IconOrders:   "M2 3h1.500l1.8 7h7L14 5H4.200M6 13.200h.1M11.5 13.200h.1",
	IconTasks:    "M2.5 4l1 1 1.8-2M2.5 9l1 1 1.8-2M8 4.200h5.500M8 9.200h5.500M8 13h5.5",
	IconNumbers:  "M6 2.5 4.5 13.500M11.5 2.5 10 13.500M2.5 5.800h11.300M2.2 10.200h11.3",
	IconPhones:   "M2.5 9V8a5.5 5.5 0 0 1 11 0v1M2.5 9h2v4h-2zM11.5 9h2v4h-2z",
	IconWidgets:  "M2.5 2.500h4.500v4.500h-4.500zM9 2.500h4.500v4.500H9zM2.5 9h4.500v4.500h-4.500zM9 9h4.500v4.500H9z",
	IconFunds:    "M2 4.500h11a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H3a1 1 0 0 1-1-1zM2 4.500l9-2v2M11 9h.1",
	IconSettings: "M2 4.500h7M12 4.500h2M2 11.500h2M7 11.500h7M9 4.500a1.5 1.5 0 1 0 3 0 1.5 1.5 0 1 0-3 0M4 11.500a1.5 1.5 0 1 0 3 0 1.5 1.5 0 1 0-3 0",
	IconPeople:   "M6 7.500a2.5 2.5 0 1 0 0-5 2.5 2.5 0 0 0 0 5zM1.5 13.500a4.5 4.5 0 0 1 9 0M10.5 2.800a2.5 2.5 0 0 1 0 4.500M12 9.500a4.5 4.5 0 0 1 2.5 4",
	IconShield:   "M8 1.8 13 3.500v4c0 3.2-2 5.5-5 6.7-3-1.2-5-3.5-5-6.700v-4zM5.8 8l1.6 1.600L10.4 6.5",
	IconBook:     "M8 4C6.5 2.8 4.5 2.5 2 2.500v10c2.5 0 4.5.3 6 1.5 1.5-1.2 3.5-1.5 6-1.500v-10c-2.5 0-4.5.3-6 1.500zM8 4v10",
	IconSearch:   "M7 11.500a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.3 10.300l3.7 3.7",
	IconMenu:     "M2 4h12M2 8h12M2 12h12",
	IconMore:     "M3 8h.1M8 8h.1M13 8h.1",
	IconClose:    "M3.5 3.500l9 9M12.5 3.500l-9 9",
	IconDown:     "M4 6l4 4 4-4",
	IconRight:    "M6 4l4 4-4 4",
	IconLeft:     "M10 4 6 8l4 4",
	IconUp:       "M4 10l4-4 4 4",
	IconUser:     "M8 8a2.8 2.8 0 1 0 0-5.600A2.8 2.8 0 0 0 8 8zM2.5 14a5.5 5.5 0 0 1 11 0",
	IconGlobe:    "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM2 8h12M8 2c2 1.8 2.5 4 2.5 6S10 12.2 8 14c-2-1.8-2.5-4-2.5-6S6 3.8 8 2z",
	IconTheme:    "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 2v12M8 5l4.5-1M8 8h6M8 11l4.5 1",
	IconFilter:   "M2 3.500h12M4.5 8h7M6.8 12.500h2.4",
	IconColumns:  "M2 3h12v10H2zM6 3v10M10 3v10",
	IconDownload: "M8 2v8M4.5 7 8 10.5 11.5 7M2.5 13.500h11",
	IconSave:     "M4 2.500h8v11.500L8 11l-4 3z",
	IconInfo:     "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.500v3.500M8 5h.1",
	IconWarning:  "M8 2.2 14.5 13.500h-13zM8 6.500v3.200M8 11.600h.1",
	IconDone:     "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM5.2 8.200l2 2 3.6-4",
	IconBad:      "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM5.8 5.800l4.4 4.400M10.2 5.800l-4.4 4.4",
	IconUndo:     "M6 3 2.5 6.5 6 10M2.5 6.500h7a4 4 0 0 1 0 7h-3",
	IconCopy:     "M5.5 5.500h8v8h-8zM10.5 5.500v-3h-8v8h3",
	IconPlus:     "M8 2.500v11M2.5 8h11",
	IconCalendar: "M2.5 3.500h11v10h-11zM2.5 6.800h11M5.5 2v3M10.5 2v3",
	IconHelp:     "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM6.2 6.200a1.8 1.8 0 1 1 2.5 1.700c-.5.2-.7.5-.7 1.100M8 11.200h.1",
	IconLock:     "M3.5 7h9v6.500h-9zM5.5 7V5a2.5 2.5 0 0 1 5 0v2",
	IconRows:     "M2 3.500h12M2 6.500h12M2 9.500h12M2 12.500h12",
	IconChat:     "M2 3h12v8.500H7.500L4.500 14v-2.500H2zM5 6h6M5 8.500h4",
	IconSend:     "M2 8.500 14 2.500 9.500 14 7.500 9.500zM7.500 9.500 14 2.500",
	IconTick:     "M3.5 8.500l3 3 6-6.500",
	IconPlay:     "M5 3v10l7.5-5z",
	IconOut:      "M9.5 2.500h4v11h-4M2.5 8h7M6.5 5l3 3-3 3",
}
