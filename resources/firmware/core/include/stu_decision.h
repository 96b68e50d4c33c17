/* The rule that turns scores into decisions, in integers: an average over the last windows, a threshold, and a time in
 * which it does not decide again. MODEL_IMAGE.md specifies the section "DECI" that it is read from. */
#ifndef STU_DECISION_H
#define STU_DECISION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "stu_status.h"

enum {
    STU_DECISION_SECTION_BYTES = 12,
    STU_DECISION_MAX_SMOOTH = 16, /* windows averaged */
    STU_DECISION_MAX_CLASSES = 64,
    STU_DECISION_NO_CLASS = 255
};

typedef struct {
    uint8_t smooth;         /* windows averaged, 1..STU_DECISION_MAX_SMOOTH */
    uint8_t threshold;      /* smoothed score 0..255 from which on it decides */
    uint16_t refractory_ms; /* device time after a decision in which there is no other */
    uint32_t hop_samples;   /* from one window to the next, at least 1 */
    uint8_t background;     /* class that is never decided for, or STU_DECISION_NO_CLASS */
    uint8_t unknown;        /* likewise */
} stu_decision_rule;

/* Reads a "DECI" section. STU_E_IMAGE if it is not one, STU_E_UNSUPPORTED if it averages more than this core holds;
 * *rule is then untouched. */
stu_status stu_decision_read(stu_decision_rule *rule, const uint8_t *section, size_t count);

typedef struct {
    stu_decision_rule rule;
    uint8_t classes, next, held; /* next: row of history to write; held: rows in use */
    bool decided;
    uint64_t decided_us;
    uint8_t history[STU_DECISION_MAX_SMOOTH][STU_DECISION_MAX_CLASSES]; /* score + 128 */
} stu_decision;

/* STU_E_UNSUPPORTED if there are no classes or more than STU_DECISION_MAX_CLASSES; *decision is then untouched. */
stu_status stu_decision_init(stu_decision *decision, const stu_decision_rule *rule, uint32_t classes);

/* Forgets the scores, because the next window does not follow the last. The refractory time runs on. */
void stu_decision_restart(stu_decision *decision);

/* Takes one window's int8 scores (one a class) and the device time of its end. Until rule.smooth windows have come,
 * nothing is decided. The smoothed score is the mean of score + 128, halves rounded up; of equal scores the first
 * class wins. true: decided, for *class_index with *score. */
bool stu_decision_add(stu_decision *decision, const int8_t *scores, uint64_t time_us, uint8_t *class_index,
                      uint8_t *score);

#endif
