#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <termios.h>
#include <unistd.h>

#include "virtual.h"

enum {
    LEAST_ALLOWANCE = 64, /* bytes worth waking up for */
    ON_TIME_US = 500      /* poll() counts in milliseconds */
};

static bool never_waits(int file)
{
    const int flags = fcntl(file, F_GETFL);
    return flags >= 0 && fcntl(file, F_SETFL, flags | O_NONBLOCK) == 0 && fcntl(file, F_SETFD, FD_CLOEXEC) == 0;
}

static const char *open_pty(virtual_wire *wire)
{
    struct termios settings;
    wire->peer = posix_openpt(O_RDWR | O_NOCTTY);
    if (wire->peer < 0 || grantpt(wire->peer) != 0 || unlockpt(wire->peer) != 0) {
        return "this machine gives no pty";
    }
    const char *name = ptsname(wire->peer);
    if (name == NULL || strlen(name) >= sizeof wire->name) {
        return "its pty has no name";
    }
    strcpy(wire->name, name);
    wire->held = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
    if (wire->held < 0 || tcgetattr(wire->held, &settings) != 0) {
        return "its pty cannot be opened";
    }
    cfmakeraw(&settings);
    if (tcsetattr(wire->held, TCSANOW, &settings) != 0 || !never_waits(wire->peer)) {
        return "its pty cannot be made raw";
    }
    return NULL;
}

static bool make_token(char *token)
{
    uint8_t bytes[VIRTUAL_TOKEN_CHARACTERS / 2];
    FILE *random = fopen("/dev/urandom", "rb");
    if (random == NULL) {
        return false;
    }
    const size_t got = fread(bytes, 1, sizeof bytes, random);
    fclose(random);
    for (size_t i = 0; i < got; i++) {
        snprintf(token + 2 * i, 3, "%02x", bytes[i]);
    }
    return got == sizeof bytes;
}

static const char *open_tcp(virtual_wire *wire)
{
    struct sockaddr_in address;
    socklen_t length = sizeof address;
    memset(&address, 0, sizeof address);
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    wire->listener = socket(AF_INET, SOCK_STREAM, 0);
    if (wire->listener < 0 || bind(wire->listener, (struct sockaddr *)&address, sizeof address) != 0 ||
        listen(wire->listener, 1) != 0 || getsockname(wire->listener, (struct sockaddr *)&address, &length) != 0 ||
        !never_waits(wire->listener)) {
        return "no port on loopback can be opened";
    }
    wire->port = ntohs(address.sin_port);
    return make_token(wire->token) ? NULL : "there are no random numbers for a token";
}

const char *virtual_wire_open(virtual_wire *wire, bool tcp, uint32_t bytes_per_s, uint32_t jitter_us)
{
    memset(wire, 0, sizeof *wire);
    wire->listener = wire->peer = wire->held = -1;
    wire->bytes_per_s = bytes_per_s;
    wire->jitter_us = jitter_us;
    wire->random = virtual_real_us() * 0x9e3779b97f4a7c15u | 1u;
    return tcp ? open_tcp(wire) : open_pty(wire);
}

/* A client that left makes room for the next. A pty's host may come and go without our noticing. */
static void peer_left(virtual_wire *wire)
{
    if (wire->listener >= 0 && wire->peer >= 0) {
        close(wire->peer);
        wire->peer = -1;
        wire->delayed_count = wire->runs_count = 0;
    }
}

/* The link carries bytes_per_s; after a pause at most 20 ms worth at once, as the buffer of a USB driver would. */
static void refill(virtual_wire *wire, uint64_t now_us)
{
    const uint64_t most = wire->bytes_per_s / 50 + LEAST_ALLOWANCE;
    const uint64_t gained = (now_us - wire->filled_us) * wire->bytes_per_s / 1000000;
    if (gained > 0) {
        wire->allowance = wire->allowance + gained > most ? most : wire->allowance + gained;
        wire->filled_us = now_us;
    }
}

/* What the host takes of it now. */
static size_t hand_over(virtual_wire *wire, const uint8_t *bytes, size_t count)
{
    const ssize_t sent = wire->listener >= 0 ? send(wire->peer, bytes, count, MSG_NOSIGNAL) : write(wire->peer, bytes, count);
    if (sent >= 0) {
        return (size_t)sent;
    }
    if (errno != EAGAIN && errno != EINTR) {
        peer_left(wire);
    }
    return 0;
}

static bool is_out(const virtual_wire *wire)
{
    return wire->runs_count > 0 && wire->runs[wire->runs_at].out_us <= virtual_real_us() + ON_TIME_US;
}

/* Hands over what has been in the link for long enough. */
static void let_out(virtual_wire *wire)
{
    while (is_out(wire)) {
        virtual_run *run = &wire->runs[wire->runs_at];
        const size_t to_end = sizeof wire->delayed - wire->delayed_at;
        const size_t sent = hand_over(wire, wire->delayed + wire->delayed_at, run->count < to_end ? run->count : to_end);
        if (sent == 0) {
            return;
        }
        wire->delayed_at = (wire->delayed_at + sent) % sizeof wire->delayed;
        wire->delayed_count -= sent;
        run->count -= sent;
        if (run->count == 0) {
            wire->runs_at = (wire->runs_at + 1) % VIRTUAL_DELAYED_RUNS;
            wire->runs_count--;
        }
    }
}

static uint64_t random_up_to(virtual_wire *wire, uint64_t limit)
{
    wire->random ^= wire->random << 13;
    wire->random ^= wire->random >> 7;
    wire->random ^= wire->random << 17;
    return (wire->random >> 32) % (limit + 1);
}

/* Into the link, to come out of it later but never before what went in earlier. */
static size_t hold_back(virtual_wire *wire, const uint8_t *bytes, size_t count)
{
    const size_t room = sizeof wire->delayed - wire->delayed_count;
    count = count < room ? count : room;
    if (count == 0 || wire->runs_count == VIRTUAL_DELAYED_RUNS) {
        return 0;
    }
    for (size_t i = 0; i < count; i++) {
        wire->delayed[(wire->delayed_at + wire->delayed_count + i) % sizeof wire->delayed] = bytes[i];
    }
    wire->delayed_count += count;
    const uint64_t out_us = virtual_real_us() + random_up_to(wire, 2 * (uint64_t)wire->jitter_us);
    wire->last_out_us = out_us > wire->last_out_us ? out_us : wire->last_out_us;
    wire->runs[(wire->runs_at + wire->runs_count) % VIRTUAL_DELAYED_RUNS] = (virtual_run){wire->last_out_us, count};
    wire->runs_count++;
    return count;
}

size_t virtual_wire_send(virtual_wire *wire, uint64_t now_us, const uint8_t *bytes, size_t count)
{
    if (wire->peer < 0) {
        return 0;
    }
    if (wire->bytes_per_s > 0) {
        refill(wire, now_us);
        count = wire->allowance < count ? (size_t)wire->allowance : count;
    }
    if (count == 0) {
        return 0;
    }
    const size_t sent = wire->jitter_us > 0 ? hold_back(wire, bytes, count) : hand_over(wire, bytes, count);
    if (wire->bytes_per_s > 0) {
        wire->allowance -= sent;
    }
    return sent;
}

size_t virtual_wire_receive(virtual_wire *wire, uint8_t *bytes, size_t max_bytes)
{
    if (wire->peer < 0) {
        return 0;
    }
    const ssize_t got = read(wire->peer, bytes, max_bytes);
    if (got > 0) {
        return (size_t)got;
    }
    if (got == 0 || (errno != EAGAIN && errno != EINTR)) {
        peer_left(wire);
    }
    return 0;
}

/* Whether the next bytes must wait until the link's speed allows for them. */
static bool is_spent(const virtual_wire *wire)
{
    return wire->bytes_per_s > 0 && wire->allowance < LEAST_ALLOWANCE;
}

int virtual_wire_wait(const virtual_wire *wire, bool takes_input, bool has_output, struct pollfd *entry)
{
    entry->fd = wire->peer >= 0 ? wire->peer : wire->listener;
    entry->events = takes_input || wire->peer < 0 ? POLLIN : 0;
    entry->revents = 0;
    if (wire->peer < 0) {
        return -1;
    }
    if (is_out(wire)) {
        entry->events |= POLLOUT;
        return -1;
    }
    const bool slow = has_output && is_spent(wire);
    const int slow_ms = slow ? (int)(LEAST_ALLOWANCE * 1000 / wire->bytes_per_s) + 1 : -1;
    if (wire->runs_count > 0) {
        const int64_t left_us = (int64_t)(wire->runs[wire->runs_at].out_us - virtual_real_us()) + ON_TIME_US;
        const int left_ms = left_us > 0 ? (int)(left_us / 1000) : 0;
        return slow && slow_ms < left_ms ? slow_ms : left_ms;
    }
    if (has_output && !slow) {
        entry->events |= POLLOUT;
    }
    return slow_ms;
}

bool virtual_wire_is_full(const virtual_wire *wire)
{
    return wire->peer >= 0 && !is_spent(wire);
}

void virtual_wire_woke(virtual_wire *wire, const struct pollfd *entry)
{
    if (wire->peer < 0 && (entry->revents & POLLIN)) {
        wire->peer = accept(wire->listener, NULL, NULL);
        if (wire->peer >= 0 && !never_waits(wire->peer)) {
            peer_left(wire);
        }
    } else if (wire->peer >= 0 && (entry->revents & (POLLHUP | POLLERR))) {
        peer_left(wire);
    }
    if (wire->peer >= 0) {
        let_out(wire);
    }
}
