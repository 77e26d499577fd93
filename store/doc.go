// Package store keeps what must survive: documents in all their versions, variants, outlines, vectors, calibrations, answers
// with their traces and owners, feedback, sign-ins of mini-programs, nonces of signed requests, and the texts of prompts that staff reworded. It is one SQLite file, wenda.db, in the data folder.
//
// The main path: Open makes the folder and migrates the file; a server takes LockServer beside it, a command does not. A
// corpus.Library works on the Store as its Shelf. The engine's answers go through PutAnswer, which only queues; one writer puts
// them into the file in batches. Feedback returns when it is durable. Close writes what is queued.
//
// Terms. A version of a document is an immutable row; live names the one that is searched. The revision counts the changes of
// what is searched (Put), so that a server notices an import by a command beside it: poll DataVersion, which is cheap and
// changes with every commit of another connection, and Reload when Revision changed as well.
//
// Concurrency. All methods may be called from several goroutines, and several processes may work on one folder. There is one
// writing connection a process, whose transactions take the write lock at once (BEGIN IMMEDIATE), and a pool of reading ones:
// readers never wait for writers (WAL). synchronous=FULL: what was committed survives kill -9 and power loss.
//
// Errors are of type *Error: an English text for logs, one of the sentinels for errors.Is, and Advice, a Chinese sentence on
// what to do. When the disk is full writes end with ErrFull, reads go on, and writes work again as soon as there is room.
//
// Limits. The folder must be on a local disk: WAL needs shared memory, which network file systems do not give. Nobody may open
// and close wenda.db inside this process other than through SQLite: closing any descriptor of the file drops SQLite's locks
// (POSIX record locks belong to the process), so copies are made with VACUUM INTO and not by reading the file.
package store
