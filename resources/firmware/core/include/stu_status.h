/* Results of the core's functions. Zero is success, negative says why not. */
#ifndef STU_STATUS_H
#define STU_STATUS_H

typedef enum {
    STU_OK = 0,
    STU_E_IMAGE = -1,       /* not a model image, or its structure is wrong */
    STU_E_ARENA = -2,       /* the arena is smaller than the image asks for */
    STU_E_VERSION = -3,     /* a format newer than this core */
    STU_E_HASH = -4,        /* the SHA-256 does not match */
    STU_E_ARGUMENT = -5,    /* a value outside what the function takes */
    STU_E_FLASH = -6,       /* the flash could not be erased or written */
    STU_E_TOO_LARGE = -7,   /* does not fit where it should go */
    STU_E_UNSUPPORTED = -8, /* an operator, front end or sensor this core does not have */
    STU_E_SENSOR = -9,      /* the sensor did not start */
    STU_E_STATE = -10,      /* not now: for example no model on the board */
    STU_E_DENIED = -11      /* the token is missing or wrong */
} stu_status;

#endif
