// Package fake is a WeChat of our own, for tests and for wenda wechat simulate: both sides of PROTOCOL.md that WeChat has.
//
// Server answers the HTTP API: stable_token, jscode2session, custom/send, typing and msg_sec_check, with their quotas and refusals, and with
// the faults that Inject queues. Pusher drives a webhook as the platform does: it verifies the address, signs and encrypts messages and
// events in all modes and both formats, repeats what is not acknowledged in time, and checks the acknowledgement.
//
// It shares no code with the packages it tests: signatures and encryption are written here a second time, from PROTOCOL.md.
//
// Concurrency: a Server and a Pusher may be used by several goroutines.
//
// Limits: it knows the users that it was told of, in memory; it is not for the open Internet.
package fake
