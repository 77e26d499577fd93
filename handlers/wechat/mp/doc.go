// Package mp is the API of a mini-program's own pages, under /api/v1/mp (PROTOCOL.md, B). It is a plain http.Handler.
//
//	POST login     {code, channel} ─ WeChat's jscode2session ─ openid ─ keyed hash ─ a bearer token
//	POST ask       {question, conversation_id, script} ─ JSON, or NDJSON in chunks where Accept asks for it
//	GET  answers/ID  202 while it is made, then 200; POST answers/ID/feedback
//	GET  history, DELETE history, GET suggestions, POST logout, GET openapi.json
//
// The mini-program's connection is cut 5 s after it went to the background. Every answer asked for here is finished nevertheless
// (rag.Question.Stays) and found by the ID that the first line of the stream announced.
//
// Terms: an owner is a keyed hash of channel and openid (wechat.Vault), the only form in which a user is kept or compared; a session is a token's
// hash with its owner and channel; a problem is an error with a status, a code and a public message.
//
// What never leaves this process: the session key (package api does not even return it), the openid, the AppSecret. What is never kept or logged: the
// openid and the token. Every reply with an error is {"code","message","request_id"}: all statuses land in the same callback of wx.request.
//
// Limits: questions of an owner 15 a minute (SECURITY.md), everything else of an owner 120 a minute; 1000 answers are
// waited for at once, 5 of one owner; the Server before this package limits addresses.
// Of one owner 3 answers go on without their readers; past that, leaving cancels. Rates are counted in this process.
package mp
