/*
 * crc32c.h - the checksum of spooled batches (Castagnoli), by the processor's instruction where it
 * has one.
 */
#ifndef ATHANOR_CRC32C_H
#define ATHANOR_CRC32C_H

#include "base.h"

/* The checksum of what `crc` (0 at first) covers followed by data. */
uint32_t crc32c(uint32_t crc, const void *data, size_t len);

/* The same without the instruction; for tests. */
uint32_t crc32c_portable(uint32_t crc, const void *data, size_t len);

#endif
