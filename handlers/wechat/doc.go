// Package wechat answers users of WeChat mini-programs in the customer-service chat: message push comes in by a webhook, answers go out by
// the customer-service API. It is a plain http.Handler with a queue behind it; ../shared/wechat/PROTOCOL.md (A, and points 1 to 23) is what it does.
//
//	webhook.go   POST: look at the signature, decrypt (crypto.go), read the fields (envelope.go), accept in one transaction, say success
//	lanes.go     one line an openid, in order; the lines take turns
//	work.go      a message's turn: typing, "正在查询", the Asker, at last an apology; the answer is laid out (reply.go, split.go) and kept as parts
//	sender.go    part by part: marked as sending, sent, and marked as what came of it
//	session.go   what a conversation leaves for its next message
//	vault.go     openids and texts are sealed at rest; who writes is known by a keyed hash
//	channel.go   a mini-program's settings
//
// # What is guaranteed, and where it ends
//
// A message that was answered with success is in the database, with the keys that make its repetition a duplicate: kill -9 and power loss do not
// lose it, if the disk keeps what it was told to keep. It is at least once taken in: WeChat repeats what was not acknowledged, three
// times, and gives up; what it gives up was never ours.
//
// It is answered after a restart if it was not before. The Asker may be asked again then; its earlier answer was told to nobody.
//
// Each part is sent at most once. It is marked sending, durably, before its request, and what was sending when a process ended is unknown
// and never sent again: the user may lack that one part. So is a part whose request got no reply that can be read (a time-out, a cut
// connection, HTML). Only what certainly did not arrive is tried again: no connection, or a refusal by WeChat. The guarantee ends at
// WeChat: what it accepted it may deliver late or never. After a failure that is final for the message its later parts fail as well; an
// unknown part does not stop them.
//
// One openid's messages are answered in the order of acceptance, one at a time; "请稍候" goes out beside them.
//
// # Limits
//
// One server a data folder (store.LockServer). A message waits until its user's turn; WeChat takes answers for 48 hours. After two misses
// in a row the user is told of 12345 and, where transfer is switched on, how to get a person: the next message is not handed over by
// itself, since it may well be one that can be answered. In mode plain anybody who saw one address with its query can write in anybody's name.
package wechat
