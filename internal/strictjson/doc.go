// Package strictjson finds what encoding/json lets pass and a reader of money must not: an object that names a field
// twice, of which the last would silently count, and characters that nobody sees, which would be stored and shown.
package strictjson
