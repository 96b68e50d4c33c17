#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "stu_sha256.h"
#include "virtual.h"

enum { LOCK_TRIES = 100, LOCK_PAUSE_MS = 20 };

static bool fill_erased(int file, uint64_t from, uint64_t to)
{
    uint8_t erased[4096];
    memset(erased, 0xff, sizeof erased);
    while (from < to) {
        const size_t part = to - from < sizeof erased ? (size_t)(to - from) : sizeof erased;
        const ssize_t written = pwrite(file, erased, part, (off_t)from);
        if (written <= 0) {
            return false;
        }
        from += (uint64_t)written;
    }
    return true;
}

/* A board that was killed a moment ago may still hold the lock: the system lets go when its process is gone. */
static bool lock(int file)
{
    for (int i = 0; i < LOCK_TRIES; i++) {
        if (flock(file, LOCK_EX | LOCK_NB) == 0) {
            return true;
        }
        const struct timespec pause = {0, LOCK_PAUSE_MS * 1000000L};
        nanosleep(&pause, NULL);
    }
    return false;
}

const char *virtual_flash_open(virtual_flash *flash, const char *path, uint32_t bytes)
{
    flash->file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (flash->file < 0) {
        return "its flash file cannot be opened";
    }
    if (!lock(flash->file)) {
        return "another virtual board uses this flash file";
    }
    const off_t length = lseek(flash->file, 0, SEEK_END);
    if (length < 0 || ((uint64_t)length < bytes && !fill_erased(flash->file, (uint64_t)length, bytes))) {
        return "its flash file cannot be written";
    }
    void *map = mmap(NULL, bytes, PROT_READ, MAP_SHARED, flash->file, 0);
    if (map == MAP_FAILED) {
        return "its flash file cannot be mapped";
    }
    flash->map = map;
    flash->bytes = bytes;
    /* The board is its flash file: one in another project is another board. */
    char *full = realpath(path, NULL);
    const char *name = full == NULL ? path : full;
    uint8_t digest[STU_SHA256_BYTES];
    stu_sha256_of((const uint8_t *)name, strlen(name), digest);
    memcpy(flash->id, digest, sizeof flash->id);
    free(full);
    return NULL;
}

stu_status virtual_flash_erase(virtual_flash *flash)
{
    return fill_erased(flash->file, 0, flash->bytes) ? STU_OK : STU_E_FLASH;
}

stu_status virtual_flash_write(virtual_flash *flash, uint32_t offset, const uint8_t *bytes, size_t count)
{
    if (offset > flash->bytes || count > flash->bytes - offset) {
        return STU_E_FLASH;
    }
    for (size_t i = 0; i < count; i++) {
        if (flash->map[offset + i] != 0xff) {
            return STU_E_FLASH; /* as on a real part: only what is erased can be written */
        }
    }
    return pwrite(flash->file, bytes, count, (off_t)offset) == (ssize_t)count ? STU_OK : STU_E_FLASH;
}
