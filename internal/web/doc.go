// Package web is the cabinet: it answers browsers with pages made of the components of web/ui.
//
// It owns what stands around every page: the policy and headers of an answer, who the browser is behind proxies, cookies,
// the choice of language and theme, the frame, the answer to errors, compression. The pages are those of the packages
// beneath it (web/funds, web/people, ...), which stand on web/cabinet. It owns no rule of the business and no SQL.
//
// Invariants:
//   - Every answer carries the content security policy; there is no inline script and no inline style, and a report of a
//     violation is logged as an error.
//   - What changes something is a POST, and refused when another site sent it.
//   - Cookies are __Host- cookies wherever the address is secure: this host's own, never readable by scripts.
//   - The address of a client is believed from a proxy only where that proxy is trusted.
//   - A page answers the same whether the browser asked for it whole or for its main region.
package web
