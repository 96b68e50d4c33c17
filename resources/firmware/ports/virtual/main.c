#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "stu_node.h"
#include "virtual.h"

enum {
    MOST_RATES = 16,
    STEP_US = 5000, /* of the board's time, while it catches up */
    FULL_LINK_MS = 10
};

typedef struct {
    virtual_flash flash;
    virtual_wire wire;
    virtual_source source;
    stu_sensor sensors[STU_SENSOR_KINDS];
    uint32_t rates_hz[STU_SENSOR_KINDS][MOST_RATES];
    uint32_t sensor_count;
    virtual_clock clock;
    uint64_t stood_us; /* of a board whose clock is its samples: when the present stream began */
} virtual_board;

static uint64_t heard_us(const virtual_source *source)
{
    const uint64_t rate = source->rate_hz;
    return rate == 0 ? 0 : source->delivered / rate * 1000000u + source->delivered % rate * 1000000u / rate;
}

static uint64_t now_us(void *port)
{
    const virtual_board *board = port;
    return board->source.waits ? board->stood_us + heard_us(&board->source) : virtual_clock_us(&board->clock);
}

static size_t link_send(void *port, const uint8_t *bytes, size_t count)
{
    return virtual_wire_send(&((virtual_board *)port)->wire, now_us(port), bytes, count);
}

static size_t link_receive(void *port, uint8_t *bytes, size_t max_bytes)
{
    return virtual_wire_receive(&((virtual_board *)port)->wire, bytes, max_bytes);
}

static stu_status sensor_start(void *port, stu_sensor_id sensor, uint32_t rate_hz)
{
    virtual_board *board = port;
    static const uint32_t CHANNELS[STU_SENSOR_KINDS] = {[STU_SENSOR_MICROPHONE] = 1, [STU_SENSOR_IMU] = 6,
                                                        [STU_SENSOR_CAMERA] = 0, [STU_SENSOR_ENVIRONMENT] = 3,
                                                        [STU_SENSOR_COLOUR] = 4};
    board->stood_us += heard_us(&board->source);
    const stu_status status = virtual_source_start(&board->source, sensor, CHANNELS[sensor], rate_hz);
    virtual_source_began(&board->source, now_us(port));
    return status;
}

static void sensor_stop(void *port, stu_sensor_id sensor)
{
    (void)sensor;
    virtual_source_stop(&((virtual_board *)port)->source);
}

static size_t sensor_read(void *port, stu_sensor_id sensor, int16_t *samples, size_t max_samples, uint32_t *lost)
{
    (void)sensor;
    return virtual_source_read(&((virtual_board *)port)->source, samples, max_samples, lost);
}

static const uint8_t *sensor_look(void *port, stu_sensor_id sensor, uint32_t *lost)
{
    (void)sensor;
    return virtual_source_look(&((virtual_board *)port)->source, lost);
}

static bool button_pressed(void *port, uint64_t *time_us)
{
    return virtual_source_press(&((virtual_board *)port)->source, time_us);
}

static stu_status flash_erase(void *port, stu_slot slot)
{
    (void)slot;
    return virtual_flash_erase(&((virtual_board *)port)->flash);
}

static stu_status flash_write(void *port, stu_slot slot, uint32_t offset, const uint8_t *bytes, size_t count)
{
    (void)slot;
    return virtual_flash_write(&((virtual_board *)port)->flash, offset, bytes, count);
}

static const uint8_t *flash_map(void *port, stu_slot slot)
{
    (void)slot;
    return ((virtual_board *)port)->flash.map;
}

static uint32_t flash_bytes(void *port, stu_slot slot)
{
    (void)slot;
    return ((virtual_board *)port)->flash.bytes;
}

static void unique_id(void *port, uint8_t id[8])
{
    memcpy(id, ((virtual_board *)port)->flash.id, 8);
}

/* The value after `option`, or what stands in when it is not given. */
static const char *text_option(int count, char **arguments, const char *option, const char *otherwise)
{
    for (int i = 1; i + 1 < count; i += 2) {
        if (strcmp(arguments[i], option) == 0) {
            return arguments[i + 1];
        }
    }
    return otherwise;
}

static uint32_t number_option(int count, char **arguments, const char *option, uint32_t otherwise)
{
    const char *text = text_option(count, arguments, option, NULL);
    return text == NULL ? otherwise : (uint32_t)strtoul(text, NULL, 10);
}

/* Reads ID:RATE,RATE and so on, with /WIDTHxHEIGHT after a camera's, separated by semicolons. false: it is none. */
static bool read_sensors(virtual_board *board, const char *text)
{
    while (*text != 0) {
        char *end;
        const unsigned long id = strtoul(text, &end, 10);
        if (*end != ':' || id >= STU_SENSOR_KINDS || board->sensor_count == STU_SENSOR_KINDS) {
            return false;
        }
        uint32_t *rates_hz = board->rates_hz[board->sensor_count];
        stu_sensor *sensor = &board->sensors[board->sensor_count++];
        *sensor = (stu_sensor){(stu_sensor_id)id, rates_hz, 0, 0, 0};
        while ((*end == ':' || *end == ',') && sensor->rates < MOST_RATES) {
            rates_hz[sensor->rates] = (uint32_t)strtoul(end + 1, &end, 10);
            if (rates_hz[sensor->rates++] == 0) {
                return false;
            }
        }
        if (*end == '/') {
            sensor->width = (uint16_t)strtoul(end + 1, &end, 10);
            sensor->height = *end == 'x' ? (uint16_t)strtoul(end + 1, &end, 10) : 0;
        }
        if ((id == STU_SENSOR_CAMERA) != (sensor->width > 0 && sensor->height > 0)) {
            return false;
        }
        if (id == STU_SENSOR_CAMERA) {
            board->source.picture_bytes = (uint32_t)sensor->width * sensor->height;
        }
        if (*end != 0 && *end++ != ';') {
            return false;
        }
        text = end;
    }
    return true;
}

static int refuse(const char *why)
{
    printf("{\"error\":\"%s\"}\n", why);
    fflush(stdout);
    return 1;
}

/* How long to sleep, in milliseconds, -1 for as long as nothing comes. Moves the clock on instead where the next sample
 * waits for its time: then the board is behind. Not faster than the host reads, though, or that would cost samples. */
static int rest_ms(virtual_board *board, unsigned found, int wire_ms)
{
    if (found & STU_NODE_BUSY) {
        return 0;
    }
    if (!board->source.early) {
        return wire_ms;
    }
    if ((found & STU_NODE_WANTS_LINK) && virtual_wire_is_full(&board->wire)) {
        return wire_ms >= 0 && wire_ms < FULL_LINK_MS ? wire_ms : FULL_LINK_MS;
    }
    virtual_clock_passed(&board->clock, STEP_US);
    return 0;
}

/* A sleep with the sensor on is no longer than it may take until samples come: what is longer, the process was kept from
 * the processor, and that has not happened to the board. */
static void slept(virtual_board *board, uint64_t us)
{
    const uint64_t most_us = board->source.on ? virtual_source_slack_us(&board->source) : us;
    virtual_clock_passed(&board->clock, us < most_us ? us : most_us);
}

/* Steps the node whenever there is something for it, and sleeps in poll() otherwise, until standard input closes. */
static void run(virtual_board *board, stu_node *node)
{
    while (!board->source.ended) {
        const unsigned found = stu_node_step(node);
        virtual_clock_worked(&board->clock);
        struct pollfd entries[2];
        const bool takes_input = node->input_at == node->input_count;
        const int wire_ms =
            virtual_wire_wait(&board->wire, takes_input, (found & STU_NODE_WANTS_LINK) != 0, &entries[0]);
        const int wait_ms = rest_ms(board, found, wire_ms);
        entries[1].fd = STDIN_FILENO;
        entries[1].events = virtual_source_takes(&board->source) ? POLLIN : 0;
        entries[1].revents = 0;
        const uint64_t began_us = virtual_real_us();
        if (poll(entries, 2, wait_ms) < 0 && errno != EINTR) {
            return;
        }
        if (wait_ms != 0) {
            slept(board, virtual_real_us() - began_us);
        }
        virtual_wire_woke(&board->wire, &entries[0]);
        if (entries[1].revents & (POLLHUP | POLLERR | POLLNVAL)) {
            return;
        }
        virtual_source_fill(&board->source, now_us(board));
    }
}

int main(int count, char **arguments)
{
    static virtual_board board;
    static stu_node node;
    const uint32_t arena_bytes = number_option(count, arguments, "--arena-bytes", 131072);
    const uint32_t window_bytes = number_option(count, arguments, "--window-bytes", 65536);
    const uint32_t queue_bytes = number_option(count, arguments, "--queue-bytes", 16384);
    const uint32_t slot_bytes = number_option(count, arguments, "--slot-bytes", 524288);
    const uint32_t link_bytes_per_s = number_option(count, arguments, "--link-bytes-per-s", 0);
    const char *flash_path = text_option(count, arguments, "--flash", NULL);
    const bool tcp = strcmp(text_option(count, arguments, "--link", "pty"), "tcp") == 0;
    void *arena = NULL, *window = NULL, *queue = NULL;
    if (!read_sensors(&board, text_option(count, arguments, "--sensors", "0:16000,8000"))) {
        return refuse("its sensors are not ID:RATE,RATE;ID:RATE/WIDTHxHEIGHT");
    }
    board.source.pictures = malloc((size_t)VIRTUAL_PICTURES * board.source.picture_bytes);

    if (flash_path == NULL || slot_bytes == 0 || queue_bytes < 2048) {
        return refuse("it needs --flash FILE, a slot, and a queue of at least 2,048 bytes");
    }
    if (posix_memalign(&arena, 64, arena_bytes) != 0 || posix_memalign(&window, 64, window_bytes) != 0 ||
        posix_memalign(&queue, 64, queue_bytes) != 0 ||
        (board.source.picture_bytes > 0 && board.source.pictures == NULL)) {
        return refuse("there is not enough memory");
    }
    signal(SIGPIPE, SIG_IGN);
    virtual_clock_begin(&board.clock, (int32_t)strtol(text_option(count, arguments, "--ppm", "0"), NULL, 10),
                        number_option(count, arguments, "--slower", 1));
    board.source.waits = strcmp(text_option(count, arguments, "--pace", "real"), "fast") == 0;
    const char *why = virtual_flash_open(&board.flash, flash_path, slot_bytes);
    if (why == NULL) {
        /* A board that is as fast as its host has a link that is, too. */
        why = virtual_wire_open(&board.wire, tcp, board.source.waits ? 0 : link_bytes_per_s,
                                number_option(count, arguments, "--jitter-us", 0));
    }
    if (why != NULL) {
        return refuse(why);
    }
    const int flags = fcntl(STDIN_FILENO, F_GETFL);
    if (flags < 0 || fcntl(STDIN_FILENO, F_SETFL, flags | O_NONBLOCK) != 0) {
        return refuse("standard input must be a pipe");
    }

    const stu_hal hal = {&board,      now_us,      link_send,   link_receive, sensor_start, sensor_stop, sensor_read,
                         sensor_look, flash_erase, flash_write, flash_map,    flash_bytes,  unique_id,
                         button_pressed};
    const stu_node_config config = {
        .board = text_option(count, arguments, "--board", "virtual"),
        .name = text_option(count, arguments, "--name", "Virtual board"),
        .firmware = text_option(count, arguments, "--firmware", "virtual"),
        .token = tcp ? board.wire.token : NULL,
        .sensors = board.sensors,
        .sensor_count = board.sensor_count,
        .clock_hz = number_option(count, arguments, "--clock-hz", 64000000),
        .arena = arena,
        .arena_bytes = arena_bytes,
        .window = window,
        .window_bytes = window_bytes,
        .queue = queue,
        .queue_bytes = queue_bytes,
        .source_waits = board.source.waits,
    };
    stu_node_init(&node, &hal, &config);
    if (tcp) {
        printf("{\"port\":%u,\"token\":\"%s\",\"pid\":%ld}\n", (unsigned)board.wire.port, board.wire.token, (long)getpid());
    } else {
        printf("{\"pty\":\"%s\",\"pid\":%ld}\n", board.wire.name, (long)getpid());
    }
    fflush(stdout);
    run(&board, &node);
    return 0;
}
