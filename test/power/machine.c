/*
 * A machine in trouble, for one program: put before the C library (LD_PRELOAD), it delays, refuses or notes
 * down what the program does with the files of one folder, and moves the program's wall clock.
 *   MACHINE_FOLDER  the folder, its real path
 *   MACHINE_DIARY   where writes, flushes and changes of names are noted; none: not
 *   MACHINE_ORDERS  a file of 64-bit numbers (`struct orders`), obeyed as they change
 * machine.ts gives the orders, diary.ts reads the diary.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

struct orders {
  int64_t flush_ms, write_errno, flush_errno, read_errno, clock_ms;
};
enum { WRITE = 1, TRUNCATE, FLUSH_BEGIN, FLUSH_END, CREATE, RENAME, UNLINK, MKDIR };
struct entry {
  uint32_t kind, bytes;
  uint64_t inode;
  int64_t at;
};

static const struct orders quiet;
static const struct orders *orders = &quiet;
static const char *folder;
static size_t folder_length;
static int diary = -1;
/* The order of the diary is the order of what it tells of, threads or not. */
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;

__attribute__((constructor)) static void begin(void) {
  const char *path = getenv("MACHINE_ORDERS");
  int handle = path ? (int)syscall(SYS_openat, AT_FDCWD, path, O_RDONLY, 0) : -1;
  if (handle >= 0) {
    void *mapped = mmap(0, sizeof(struct orders), PROT_READ, MAP_SHARED, handle, 0);
    if (mapped != MAP_FAILED) orders = mapped;
    syscall(SYS_close, handle);
  }
  path = getenv("MACHINE_DIARY");
  if (path)
    diary = (int)syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  folder = getenv("MACHINE_FOLDER");
  if (folder) folder_length = strlen(folder);
}

static int inside(const char *path) {
  return folder && !strncmp(path, folder, folder_length) &&
         (path[folder_length] == 0 || path[folder_length] == '/');
}

/*
 * Not what is worth nothing after a power cut: memory shared between the programs that have the ledger open, and
 * the file that only takes room.
 */
static int matters(const char *path) {
  size_t length = strlen(path);
  return inside(path) && !(length > 4 && !strcmp(path + length - 4, "-shm")) && !strstr(path, ".ballast");
}

/* The path of an open file that matters, or "". */
static const char *path_of(int handle, char *buffer, size_t size) {
  char link[40];
  int saved = errno;
  snprintf(link, sizeof link, "/proc/self/fd/%d", handle);
  ssize_t length = folder ? readlink(link, buffer, size - 1) : -1;
  buffer[length < 0 ? 0 : length] = 0;
  errno = saved;
  return matters(buffer) ? buffer : "";
}

static uint64_t inode_of(int handle) {
  struct stat found;
  return fstat(handle, &found) ? 0 : found.st_ino;
}

static void note(uint32_t kind, uint64_t inode, int64_t at, const void *data, size_t bytes) {
  if (diary < 0) return;
  int saved = errno;
  struct entry entry = {kind, (uint32_t)bytes, inode, at};
  struct iovec parts[] = {{&entry, sizeof entry}, {(void *)data, bytes}};
  if (syscall(SYS_writev, diary, parts, 2) != (long)(sizeof entry + bytes)) abort();
  errno = saved;
}

/* Where a write without a place of its own goes. */
static int64_t position_of(int handle) {
  struct stat found;
  if (fcntl(handle, F_GETFL) & O_APPEND) return fstat(handle, &found) ? 0 : found.st_size;
  return lseek(handle, 0, SEEK_CUR);
}

/* `at` < 0: where the file stands. */
static ssize_t do_write(int handle, const struct iovec *parts, int count, int64_t at) {
  char path[4096];
  int mine = *path_of(handle, path, sizeof path) != 0;
  if (mine && orders->write_errno) return errno = (int)orders->write_errno, -1;
  if (mine) pthread_mutex_lock(&turn);
  int64_t place = mine && at < 0 ? position_of(handle) : at;
  ssize_t done = at < 0 ? syscall(SYS_writev, handle, parts, count)
                        : syscall(SYS_pwritev, handle, parts, count, at, 0);
  if (!mine) return done;
  uint64_t inode = inode_of(handle);
  for (ssize_t left = done; left > 0; parts++) {
    size_t bytes = (size_t)left < parts->iov_len ? (size_t)left : parts->iov_len;
    note(WRITE, inode, place, parts->iov_base, bytes);
    place += bytes, left -= bytes;
  }
  pthread_mutex_unlock(&turn);
  return done;
}

static ssize_t write_one(int handle, const void *data, size_t bytes, int64_t at) {
  struct iovec part = {(void *)data, bytes};
  return do_write(handle, &part, 1, at);
}

ssize_t write(int handle, const void *data, size_t bytes) {
  return write_one(handle, data, bytes, -1);
}
ssize_t pwrite(int handle, const void *data, size_t bytes, off_t at) {
  return write_one(handle, data, bytes, at);
}
ssize_t pwrite64(int handle, const void *data, size_t bytes, off64_t at) {
  return write_one(handle, data, bytes, at);
}
ssize_t writev(int handle, const struct iovec *parts, int count) {
  return do_write(handle, parts, count, -1);
}
ssize_t pwritev(int handle, const struct iovec *parts, int count, off_t at) {
  return do_write(handle, parts, count, at);
}
ssize_t pwritev64(int handle, const struct iovec *parts, int count, off64_t at) {
  return do_write(handle, parts, count, at);
}

static ssize_t do_read(int handle, void *data, size_t bytes, off64_t at) {
  char path[4096];
  if (orders->read_errno && *path_of(handle, path, sizeof path))
    return errno = (int)orders->read_errno, -1;
  return syscall(SYS_pread64, handle, data, bytes, at);
}
ssize_t pread(int handle, void *data, size_t bytes, off_t at) {
  return do_read(handle, data, bytes, at);
}
ssize_t pread64(int handle, void *data, size_t bytes, off64_t at) {
  return do_read(handle, data, bytes, at);
}

static int do_truncate(int handle, off64_t size) {
  char path[4096];
  int mine = *path_of(handle, path, sizeof path) != 0;
  if (mine) pthread_mutex_lock(&turn);
  int failed = (int)syscall(SYS_ftruncate, handle, size);
  if (mine && !failed) note(TRUNCATE, inode_of(handle), size, "", 0);
  if (mine) pthread_mutex_unlock(&turn);
  return failed;
}
int ftruncate(int handle, off_t size) { return do_truncate(handle, size); }
int ftruncate64(int handle, off64_t size) { return do_truncate(handle, size); }

/* Only what was written before it began is sure to be on the disk when it has ended. */
static int do_flush(int handle, long call) {
  char path[4096];
  if (!*path_of(handle, path, sizeof path)) return (int)syscall(call, handle);
  pthread_mutex_lock(&turn);
  note(FLUSH_BEGIN, inode_of(handle), 0, path, strlen(path));
  pthread_mutex_unlock(&turn);
  int64_t ms = orders->flush_ms;
  struct timespec delay = {ms / 1000, ms % 1000 * 1000000};
  if (ms > 0) nanosleep(&delay, 0);
  if (orders->flush_errno) return errno = (int)orders->flush_errno, -1;
  int failed = (int)syscall(call, handle);
  pthread_mutex_lock(&turn);
  if (!failed) note(FLUSH_END, inode_of(handle), 0, path, strlen(path));
  pthread_mutex_unlock(&turn);
  return failed;
}
int fsync(int handle) { return do_flush(handle, SYS_fsync); }
int fdatasync(int handle) { return do_flush(handle, SYS_fdatasync); }

static int do_open(int at, const char *name, int flags, int mode) {
  char path[4096];
  if (!folder || !(flags & (O_CREAT | O_TRUNC)))
    return (int)syscall(SYS_openat, at, name, flags, mode);
  pthread_mutex_lock(&turn);
  int is_new = syscall(SYS_faccessat, at, name, F_OK) != 0;
  int handle = (int)syscall(SYS_openat, at, name, flags, mode);
  if (handle >= 0 && *path_of(handle, path, sizeof path)) {
    if (is_new) note(CREATE, inode_of(handle), 0, path, strlen(path));
    else if (flags & O_TRUNC) note(TRUNCATE, inode_of(handle), 0, "", 0);
  }
  pthread_mutex_unlock(&turn);
  return handle;
}
#define MODE_OF(flags)                      \
  int mode = 0;                             \
  if ((flags) & (O_CREAT | O_TMPFILE)) {    \
    va_list rest;                           \
    va_start(rest, flags);                  \
    mode = va_arg(rest, int);               \
    va_end(rest);                           \
  }
int open(const char *name, int flags, ...) {
  MODE_OF(flags)
  return do_open(AT_FDCWD, name, flags, mode);
}
int open64(const char *name, int flags, ...) {
  MODE_OF(flags)
  return do_open(AT_FDCWD, name, flags, mode);
}
int openat(int at, const char *name, int flags, ...) {
  MODE_OF(flags)
  return do_open(at, name, flags, mode);
}
int openat64(int at, const char *name, int flags, ...) {
  MODE_OF(flags)
  return do_open(at, name, flags, mode);
}

/* Names are noted as they are given: the product uses whole paths. */
static int named(uint32_t kind, int failed, const char *path, const char *to) {
  char both[8200];
  if (failed || !(matters(path) || matters(to))) return failed;
  int length = snprintf(both, sizeof both, "%s%c%s", path, 0, to);
  note(kind, 0, 0, both, (size_t)length);
  return failed;
}
int rename(const char *from, const char *to) {
  pthread_mutex_lock(&turn);
  int failed = (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
  named(RENAME, failed, from, to);
  pthread_mutex_unlock(&turn);
  return failed;
}
int unlinkat(int at, const char *path, int flags) {
  pthread_mutex_lock(&turn);
  int failed = (int)syscall(SYS_unlinkat, at, path, flags);
  named(UNLINK, failed, path, "");
  pthread_mutex_unlock(&turn);
  return failed;
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int remove(const char *path) {
  int failed = unlink(path);
  return failed && errno == EISDIR ? unlinkat(AT_FDCWD, path, AT_REMOVEDIR) : failed;
}
int mkdir(const char *path, mode_t mode) {
  pthread_mutex_lock(&turn);
  int failed = (int)syscall(SYS_mkdirat, AT_FDCWD, path, mode);
  named(MKDIR, failed, path, "");
  pthread_mutex_unlock(&turn);
  return failed;
}

/* The wall clock only: what measures durations goes on as before. */
static void shift(int64_t *seconds, int64_t *parts, int64_t parts_per_ms) {
  int64_t ms = orders->clock_ms, whole = 1000 * parts_per_ms;
  *seconds += ms / 1000;
  *parts += ms % 1000 * parts_per_ms;
  if (*parts < 0) *parts += whole, --*seconds;
  else if (*parts >= whole) *parts -= whole, ++*seconds;
}
int clock_gettime(clockid_t which, struct timespec *now) {
  int failed = (int)syscall(SYS_clock_gettime, which, now);
  if (!failed && (which == CLOCK_REALTIME || which == CLOCK_REALTIME_COARSE))
    shift(&now->tv_sec, &now->tv_nsec, 1000000);
  return failed;
}
int gettimeofday(struct timeval *restrict now, void *restrict zone) {
  int failed = (int)syscall(SYS_gettimeofday, now, zone);
  if (!failed) shift(&now->tv_sec, &now->tv_usec, 1000);
  return failed;
}
time_t time(time_t *result) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (result) *result = now.tv_sec;
  return now.tv_sec;
}
