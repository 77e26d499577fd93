package staff

import (
	"errors"
	"io"
	"io/fs"
	"net/http"
	"strconv"
	"time"
)

const (
	// backupTime is how long making one may take: a database of 10 GiB at 50 MiB a second, read three times, takes less.
	backupTime = 15 * time.Minute
	// backupAtOnce is how much of one is sent between two limits of writing.
	backupAtOnce = 4 << 20
)

// makeBackup is POST /staff/backups: one at a time. Who leaves meanwhile gets none, and nothing half is left.
func (c *Console) makeBackup(v *visit) error {
	if !c.backing.TryLock() {
		return conflict.saying("正在备份，请等它完成。")
	}
	defer c.backing.Unlock()
	if err := v.writeWithin(backupTime); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return err
	}
	name, r, err := c.store.KeepBackup(v.r.Context(), v.by(), c.now())
	if errors.Is(err, fs.ErrExist) {
		return conflict.saying("这一秒已经备份过了。")
	}
	if err != nil {
		return err
	}
	return v.to("/staff/channels#backups", "已备份并核对："+name+"，"+bytesText(r.Bytes)+"，"+strconv.Itoa(r.Documents)+"个文件，"+strconv.Itoa(r.Answers)+"条问答。")
}

// takeBackup is GET /staff/backups/{name}: the file as a stream. A failure cuts the connection; the client misses bytes of the length that was
// told.
func (c *Console) takeBackup(v *visit) error {
	f, err := c.store.OpenBackup(v.r.Context(), v.by(), v.r.PathValue("name"))
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	h := v.w.Header()
	h.Set("Content-Type", "application/octet-stream")
	h.Set("Content-Disposition", `attachment; filename="`+info.Name()+`"`)
	h.Set("Content-Length", strconv.FormatInt(info.Size(), 10))
	h.Set("Cache-Control", "no-store")
	for {
		if err := v.writeWithin(exportWrite); err != nil && !errors.Is(err, http.ErrNotSupported) {
			panic(http.ErrAbortHandler)
		}
		switch _, err := io.CopyN(v.w, f, backupAtOnce); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			c.log.Warn("download of a backup was cut off", "error", err)
			panic(http.ErrAbortHandler)
		}
	}
}

// dropBackup is POST /staff/backups/{name}/delete.
func (c *Console) dropBackup(v *visit) error {
	name := v.r.PathValue("name")
	if err := c.store.DropBackup(v.r.Context(), v.by(), name); err != nil {
		return err
	}
	return v.to("/staff/channels#backups", "已删除备份 "+name+"。")
}
