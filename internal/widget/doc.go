// Package widget is the tag that stands on the sites of clients: its bundles, and how they are served.
//
// It owns the sources of the tag (src, TypeScript), the bundles made of them (dist, by `make generate`), their sizes, the
// address they are served under, the snippets that people paste into their sites, and the protocol below. It does not own
// what a site's settings are (it asks Sites), nor what a hit becomes (the collector's, behind POST /hit).
//
// Invariants:
//   - The core (consent, visit, swap, changes of address in the page) is at most 2,048 bytes under gzip -9, the core with
//     all that it loads on demand at most 5,000 (Rule C-40).
//   - The tag never breaks a page: whatever fails, the page keeps its own number and nothing is said (Rule C-41).
//   - Without consent nothing is written into the browser (Rule C-50).
//
// # Protocol, version 1
//
// # GET /t/KEY.js
//
// The core with the settings of the site. Kept by browsers for five minutes, used a day longer while it is asked for anew;
// as /t/KEY.js?v=VERSION for a year. 404 with an empty script for an unknown key.
//
//	{"k": "KEY",                      key of the site
//	 "h": "https://collect.example",  where hits go, without a slash at the end; may be a host of the client
//	 "o": "omit|include",             credentials: include where the host is the client's own (see Cookies)
//	 "a": ";path=/;samesite=lax;domain=shop.example", attributes of the tag's cookie
//	 "n": [["t1", ["380", "0", "443337700"]]],
//	 "c": 0|1|2,                      consent, where the site has settled it; absent: by attribute, function or m
//	 "m": "gcm|tcf",                  what is asked for consent; absent: nothing
//	 "g": 0|1|2,                      highest level of consent for a browser that sends Global Privacy Control
//	 "x": ["vip"],                    cookies of the site that rules ask for; read from level 1 on
//	 "f": ["forms", "clicks", "promo"],
//	 "b": "1f0c9a"}                   version of what is loaded on demand
//
// n are the targets, each with a number that stands in the site's HTML, in parts: country code, trunk prefix (what is
// dialled before a national number: "0", in Russia "8", often nothing), national number. A target with several numbers stands
// there several times. The tag knows no numbering plan: the parts are how it recognises every way to write a number and
// writes the new one in the same way. phone.Number.Parts makes them.
//
// # GET /t/more-NAME.js?v=b
//
// forms, clicks, promo, gcm, tcf: ES modules, loaded on demand with import(), kept for a year. They carry
// Access-Control-Allow-Origin: *, as modules must.
//
// # POST /hit
//
// Body: JSON as text/plain, so that no preflight is needed; unknown fields refused, at most 8,192 bytes. The tag cuts addresses
// at 1,000 characters; the collector cuts what else is too long (it is the site's own text). Empty fields may be absent.
// Credentials are sent where the host is the client's own; sendBeacon, used by leave and lead, always sends them, and the
// answer to it need not allow it.
//
//			{"k": "KEY",
//			 "e": "page|beat|leave|lead|consent",
//			 "c": 0|1|2,          consent: none, session, full
//			 "v": "",             visitor, as the collector named it; at level 2 only
//			 "s": "",             visit, as the collector named it; at level 0 it lives as long as the document
//			 "u": "https://…",    address of the page, with its query; the fragment only where it is a route (#/ or #!)
//			 "r": "https://…",    referrer: document.referrer, or the address before in a page that changes its address
//			 "lu": "", "lr": "",  landing: u and r of the page with which the visit began; on that page the same as u and r
//			 "l": "uk-UA", "z": "Europe/Kyiv", "w": 412,
//			 "x": {"vip": "1"},   cookies of the site, from level 1 on, and values set by bellwether("set", {…}): texts, numbers, booleans
//			 "d": ["t1"],         targets seen in the document so far. A page is told before it is parsed: its d is often empty
//			 "p": "k3v9x0q1z8e",  the document, random: hits that are sent before s is known are those of one visit
//			 "i": "8d2m4c7w1a0",  the hit, random: the same i is the same hit, sent again
//			 "lead": {"kind": "form|tel|messenger", "form": "…", "phone": "…", "email": "…", "name": "…"}}
//
//		  - page: a page was opened, or the address changed within it. Sent again with the same i as long as it is not
//		    acknowledged.
//		  - beat: it is still visible. It carries all that page carries, so a beat of a visit that has ended begins one.
//		  - leave: it is out of sight: closed, left, or behind another window, as on a phone that is dialling. A beat or page
//		    may follow. beat and leave renew the hold of the lease. A leave that
//	    knows no visit begins none.
//		  - consent: the level has changed while the page was open; c is the new one. It counts as no page view. Up: the visit s
//		    stays, with its source, and from level 2 on gets a visitor. Down: v and s are sent for the last time, for the
//		    collector to let go of; the tag has removed what it had written.
//		  - lead: a form, a tel: link, a messenger. From level 1 on; phone, email and name at level 2 only. It needs no answer.
//
// u decides about the source; where it and r say nothing (direct, or from the site itself) and the collector does not know
// the visit s, lu and lr do: a landing hit that was lost, or a consent that came on the third page, loses no source.
//
// # Answer
//
// 200, only after the write is durable, with Access-Control-Allow-Origin: the origin of the request:
//
//	{"v": "visitor", "s": "visit", "n": {"t1": ["380", "0", "443337791"]}, "b": 15, "q": 7, "promo": "4711"}
//
// v, s, n and b are always there: "", {} and 0 where there is nothing; v is empty below level 2. v and s are at most 64 of
// A-Z a-z 0-9 _ - (v goes into a cookie). Numbers come in parts, as in the settings. Another s than the one sent
// is a new visit: the page becomes its landing. n has the targets to swap; a target that was swapped and is absent gets
// the first of the site's own back. A bot is answered without n: crawlers see the site's own numbers. b is how many seconds to wait
// before the next beat while the page is visible (the tag lets it grow to four times that while nothing happens); 0: no
// beats. A page shows kept numbers at once for 30 minutes after the last answer of the visit, then only what an answer says.
//
// Anything but 200 leaves the page as it is; the tag waits 30 s, twice as long after each further failure, at most 16
// minutes. 400 with a code, 403 for an origin that is not of the site, 404 for the key, 429.
//
// # Cookies
//
// At level 2 the tag writes localStorage "bellwether" and the cookie "bellwether" with the visitor, for other hosts of the
// same domain. Safari forgets both after seven days. Where the collector runs on the client's own host ("o"), it answers a
// hit of level 2 with
//
//	Set-Cookie: bellwether_id=VISITOR; Domain=shop.example; Path=/; Max-Age=34128000; Secure; HttpOnly; SameSite=Lax
//	Access-Control-Allow-Credentials: true
//
// reads the visitor from it where v is empty, and lets it expire when a hit of a lower level brings it.
package widget
