// Package strictjson finds what encoding/json lets pass and a reader of money must not: an object that names a field
// twice, of which the last would silently count, characters that nobody sees, which would be stored and shown, and text
// that cannot be read, by which two identifiers would become one. It does not know which fields an object has: who reads
// it compares their names exactly.
package strictjson
