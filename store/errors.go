package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// Kinds of errors, for errors.Is. Every one but ErrNotFound comes inside an *Error with advice.
var (
	ErrNotFound   = errors.New("not found")
	ErrBusy       = errors.New("too busy")                       // the queue of answers is full, or another process writes for long: try again
	ErrFull       = errors.New("disk is full")                   // nothing was written; reads go on
	ErrLocked     = errors.New("data folder is in use")          // by another server
	ErrDamaged    = errors.New("database is damaged")            // the file is no database, or a part of it is unreadable
	ErrNewer      = errors.New("database is newer than program") // written by a newer wenda
	ErrUnwritable = errors.New("data folder is not writable")
	ErrDisk       = errors.New("disk failed") // the operating system reported a read or write error
	ErrClosed     = errors.New("store is closed")
)

// An Error says what failed, in English for logs, and what to do, in Chinese for whoever runs the program.
type Error struct {
	Doing string // what was being done, and to what
	Kind  error  // one of the sentinels above, or nil when we do not know better
	Err   error  // the cause, may be nil

	where string // data folder, for the advice
	note  string // more for the advice of ErrLocked
}

// Error implements error.
func (e *Error) Error() string {
	s := e.Doing
	if e.Kind != nil {
		s += ": " + e.Kind.Error()
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap gives kind and cause.
func (e *Error) Unwrap() []error {
	var out []error
	for _, err := range []error{e.Kind, e.Err} {
		if err != nil {
			out = append(out, err)
		}
	}
	return out
}

// Advice is one or two Chinese sentences saying what to do.
func (e *Error) Advice() string {
	var inner *Error
	switch e.Kind {
	case ErrBusy:
		if errors.As(e.Err, &inner) { // why it is busy
			return inner.Advice()
		}
		return "数据目录正忙，请过几秒再试。"
	case ErrFull:
		return fmt.Sprintf("磁盘已满：请清理数据目录 %s 所在的磁盘。查询不受影响；有了空间，写入自动恢复，不必重启。", e.where)
	case ErrLocked:
		return fmt.Sprintf("数据目录 %s 正由另一个 wenda 服务使用%s。请先停止它，或用 --data 指定另一个目录。", e.where, e.note)
	case ErrDamaged:
		return fmt.Sprintf("数据库已损坏：请停止服务，用最近的备份恢复数据目录 %s。没有备份时，把其中的 wenda.db、wenda.db-wal、wenda.db-shm "+
			"移到别处再启动，内置文件会自动重建，其他文件请重新导入。", e.where)
	case ErrNewer:
		return fmt.Sprintf("数据目录 %s 由更新的 wenda 写成：请改用新版程序，或恢复升级前的备份。", e.where)
	case ErrUnwritable:
		return fmt.Sprintf("数据目录 %s 无法写入：请检查它是否为本地磁盘上的目录、当前用户有无读写权限、磁盘是否只读，或用 --data 指定另一个目录。", e.where)
	case ErrDisk:
		return fmt.Sprintf("磁盘读写出错：请检查数据目录 %s 所在的磁盘，并尽快备份。", e.where)
	case ErrClosed:
		return "程序正在退出，请稍后重试。"
	default:
		return "请查看日志；如果反复出现，请附上日志报告。"
	}
}

// fault wraps err with what was being done and finds its kind. It returns nil for nil, the context's error as it is, and leaves
// an *Error and ErrNotFound alone but for the words in front.
func (s *Store) fault(doing string, err error) error { return faultIn(s.dir, doing, err) }

func faultIn(dir, doing string, err error) error {
	var known *Error
	switch {
	case err == nil:
		return nil
	case errors.As(err, &known), errors.Is(err, ErrNotFound),
		errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return fmt.Errorf("%s: %w", doing, err)
	}
	return &Error{Doing: doing, Kind: kindOf(err), Err: err, where: dir}
}

// kindOf translates result codes of SQLite (https://www.sqlite.org/rescode.html) and of the operating system.
func kindOf(err error) error {
	var se *sqlite.Error
	if errors.As(err, &se) {
		switch se.Code() {
		case sqlite3.SQLITE_IOERR_SHMSIZE: // the -shm file could not grow: no space (os_unix.c, unixShmMap)
			return ErrFull
		case sqlite3.SQLITE_IOERR_CORRUPTFS:
			return ErrDamaged
		}
		switch se.Code() & 0xff {
		case sqlite3.SQLITE_FULL:
			return ErrFull
		case sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED:
			return ErrBusy
		case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB:
			return ErrDamaged
		case sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
			return ErrUnwritable
		case sqlite3.SQLITE_IOERR:
			return ErrDisk
		}
		return nil
	}
	switch {
	case errors.Is(err, sql.ErrConnDone), err.Error() == "sql: database is closed": // database/sql exports no error for it
		return ErrClosed
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return ErrFull
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS), errors.Is(err, syscall.ENOTDIR),
		errors.Is(err, syscall.EISDIR), errors.Is(err, fs.ErrNotExist):
		return ErrUnwritable
	case errors.Is(err, syscall.EIO):
		return ErrDisk
	}
	return nil
}
