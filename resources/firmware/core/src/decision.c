#include "stu_decision.h"

#include "stu_link.h"

stu_status stu_decision_read(stu_decision_rule *rule, const uint8_t *section, size_t count)
{
    if (count < STU_DECISION_SECTION_BYTES || section[0] == 0 || stu_get_u32(section + 4) == 0) {
        return STU_E_IMAGE;
    }
    if (section[0] > STU_DECISION_MAX_SMOOTH) {
        return STU_E_UNSUPPORTED;
    }
    rule->smooth = section[0];
    rule->threshold = section[1];
    rule->refractory_ms = stu_get_u16(section + 2);
    rule->hop_samples = stu_get_u32(section + 4);
    rule->background = section[8];
    rule->unknown = section[9];
    return STU_OK;
}

stu_status stu_decision_init(stu_decision *decision, const stu_decision_rule *rule, uint32_t classes)
{
    if (classes == 0 || classes > STU_DECISION_MAX_CLASSES) {
        return STU_E_UNSUPPORTED;
    }
    decision->rule = *rule;
    decision->classes = (uint8_t)classes;
    decision->decided = false;
    decision->decided_us = 0;
    stu_decision_restart(decision);
    return STU_OK;
}

void stu_decision_restart(stu_decision *decision)
{
    decision->next = 0;
    decision->held = 0;
}

static uint8_t smoothed(const stu_decision *decision, uint8_t class_index)
{
    uint32_t sum = decision->held / 2u;
    for (uint8_t row = 0; row < decision->held; row++) {
        sum += decision->history[row][class_index];
    }
    return (uint8_t)(sum / decision->held);
}

bool stu_decision_add(stu_decision *decision, const int8_t *scores, uint64_t time_us, uint8_t *class_index,
                      uint8_t *score)
{
    const stu_decision_rule *rule = &decision->rule;
    for (uint8_t c = 0; c < decision->classes; c++) {
        decision->history[decision->next][c] = (uint8_t)(scores[c] + 128);
    }
    decision->next = (uint8_t)((decision->next + 1) % rule->smooth);
    if (decision->held < rule->smooth) {
        decision->held++;
    }
    if (decision->held < rule->smooth) {
        return false;
    }
    bool any = false;
    uint8_t best = 0, best_score = 0;
    for (uint8_t c = 0; c < decision->classes; c++) {
        const uint8_t mean = smoothed(decision, c);
        if (c != rule->background && c != rule->unknown && (!any || mean > best_score)) {
            any = true;
            best = c;
            best_score = mean;
        }
    }
    const uint64_t refractory_us = (uint64_t)rule->refractory_ms * 1000;
    if (!any || best_score < rule->threshold ||
        (decision->decided && time_us - decision->decided_us < refractory_us)) {
        return false;
    }
    decision->decided = true;
    decision->decided_us = time_us;
    *class_index = best;
    *score = best_score;
    return true;
}
