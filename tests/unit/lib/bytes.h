/* Bytes of a test's table, which may hold NULs. */
#ifndef ATHANOR_TEST_BYTES_H
#define ATHANOR_TEST_BYTES_H

#include <stddef.h>

struct bytes {
    const char *data;
    size_t len;
};

#define BYTES(literal)                                                                             \
    {                                                                                              \
        literal, sizeof(literal) - 1                                                               \
    }

#endif
