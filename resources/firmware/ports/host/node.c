/* Flat functions over the core's decision rule and hash, for Python. */
#include "stu_decision.h"
#include "stu_sha256.h"

int stu_host_decide(const uint8_t *section, uint32_t section_bytes, const int8_t *scores, const uint64_t *times_us,
                    uint32_t windows, uint32_t classes, uint8_t *decided_class, uint8_t *decided_score);
void stu_host_sha256(const uint8_t *bytes, uint32_t count, uint8_t *digest);

/* Runs the rule in `section` over `windows` rows of `classes` scores; times_us: the end of each window.
 * decided_class gets, for each window, the class decided for or STU_DECISION_NO_CLASS; decided_score its score.
 * Returns a stu_status. */
int stu_host_decide(const uint8_t *section, uint32_t section_bytes, const int8_t *scores, const uint64_t *times_us,
                    uint32_t windows, uint32_t classes, uint8_t *decided_class, uint8_t *decided_score)
{
    stu_decision_rule rule;
    stu_decision decision;
    stu_status status = stu_decision_read(&rule, section, section_bytes);
    if (status == STU_OK) {
        status = stu_decision_init(&decision, &rule, classes);
    }
    if (status != STU_OK) {
        return status;
    }
    for (uint32_t i = 0; i < windows; i++) {
        decided_class[i] = STU_DECISION_NO_CLASS;
        decided_score[i] = 0;
        stu_decision_add(&decision, scores + (size_t)i * classes, times_us[i], decided_class + i, decided_score + i);
    }
    return STU_OK;
}

void stu_host_sha256(const uint8_t *bytes, uint32_t count, uint8_t *digest)
{
    stu_sha256_of(bytes, count, digest);
}
