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

enum { LEAST_ALLOWANCE = 64 }; /* bytes worth waking up for */

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

const char *virtual_wire_open(virtual_wire *wire, bool tcp, uint32_t bytes_per_s)
{
    memset(wire, 0, sizeof *wire);
    wire->listener = wire->peer = wire->held = -1;
    wire->bytes_per_s = bytes_per_s;
    return tcp ? open_tcp(wire) : open_pty(wire);
}

/* A client that left makes room for the next. A pty's host may come and go without our noticing. */
static void peer_left(virtual_wire *wire)
{
    if (wire->listener >= 0 && wire->peer >= 0) {
        close(wire->peer);
        wire->peer = -1;
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
    const ssize_t sent = wire->listener >= 0 ? send(wire->peer, bytes, count, MSG_NOSIGNAL) : write(wire->peer, bytes, count);
    if (sent < 0) {
        if (errno != EAGAIN && errno != EINTR) {
            peer_left(wire);
        }
        return 0;
    }
    if (wire->bytes_per_s > 0) {
        wire->allowance -= (uint64_t)sent;
    }
    return (size_t)sent;
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

int virtual_wire_wait(const virtual_wire *wire, bool takes_input, bool has_output, struct pollfd *entry)
{
    entry->fd = wire->peer >= 0 ? wire->peer : wire->listener;
    entry->events = takes_input || wire->peer < 0 ? POLLIN : 0;
    entry->revents = 0;
    if (!has_output || wire->peer < 0) {
        return -1;
    }
    if (wire->bytes_per_s > 0 && wire->allowance < LEAST_ALLOWANCE) {
        return (int)(LEAST_ALLOWANCE * 1000 / wire->bytes_per_s) + 1;
    }
    entry->events |= POLLOUT;
    return -1;
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
}
