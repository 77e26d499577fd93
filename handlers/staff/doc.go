// Package staff is the console under /staff/, where the staff of an authority try wordings, keep the knowledge right and publish safely.
//
// The main path: New makes a Console of Deps, which is a plain http.Handler to be mounted at /staff. routes.go is the list of everything
// that can be reached, with the lowest role that may: routing, the menu and the permission test are made of it. serve (serve.go) is what
// every request passes: size, origin, session, role, token; then the route's handler, a func(*visit) error. A visit shows a page, goes
// on to another one with a message (a flash), or returns an error, which errors.go turns into a page in Chinese that says what to do.
//
// Adding a part: a file with its routes (func (c *Console) xRoutes() []Route, named in routes.go) and handlers, a template in templates/
// that defines "main" and reads its model as .M, and a line in the permission table of the tests. Every form holds {{template "csrf" .}}
// ($ inside of range); every change of the store writes its line of the audit with visit.by.
//
// Pages work without scripts; modules in assets/ only add to them. No inline script or style: the Content-Security-Policy refuses them.
//
// Sign-in: argon2id, at most two at once, the same work for unknown names; five failures in 15 minutes of a name and address give 429.
// A session is 32 random bytes in a cookie, kept as a hash, ends after 30 minutes idle or 8 hours, and at sign-out. An optional second
// factor is a code of RFC 6238, each good once; its secret is sealed with a key that lies beside the database.
//
// Limits: failures are counted in memory, by each server for itself; a restart forgets them.
package staff
