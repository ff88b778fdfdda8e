#include "crc32c.h"

#include <string.h>

enum { SLICES = 8 };
#define POLYNOMIAL 0x82F63B78u

static uint32_t tables[SLICES][256];

static void fill_tables(void)
{
    for (uint32_t n = 0; n < 256; n++) {
        uint32_t crc = n;
        for (int bit = 0; bit < 8; bit++)
            crc = crc & 1 ? (crc >> 1) ^ POLYNOMIAL : crc >> 1;
        tables[0][n] = crc;
    }
    for (int slice = 1; slice < SLICES; slice++)
        for (uint32_t n = 0; n < 256; n++)
            tables[slice][n] = (tables[slice - 1][n] >> 8) ^ tables[0][tables[slice - 1][n] & 0xFF];
}

uint32_t crc32c_portable(uint32_t crc, const void *data, size_t len)
{
    const unsigned char *at = data;
    if (!tables[0][1])
        fill_tables();
    crc = ~crc;
    for (; len >= 8; len -= 8, at += 8) {
        uint32_t low = crc ^ ((uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
                              (uint32_t)at[3] << 24);
        crc = tables[7][low & 0xFF] ^ tables[6][low >> 8 & 0xFF] ^ tables[5][low >> 16 & 0xFF] ^
              tables[4][low >> 24] ^ tables[3][at[4]] ^ tables[2][at[5]] ^ tables[1][at[6]] ^
              tables[0][at[7]];
    }
    while (len--)
        crc = tables[0][(crc ^ *at++) & 0xFF] ^ (crc >> 8);
    return ~crc;
}

#ifdef __x86_64__
__attribute__((target("sse4.2"))) static uint32_t by_instruction(uint32_t crc, const void *data,
                                                                 size_t len)
{
    const unsigned char *at = data;
    uint64_t state = ~crc;
    for (; len >= 8; len -= 8, at += 8) {
        uint64_t word;
        memcpy(&word, at, sizeof(word));
        state = __builtin_ia32_crc32di(state, word);
    }
    uint32_t rest = (uint32_t)state;
    while (len--)
        rest = __builtin_ia32_crc32qi(rest, *at++);
    return ~rest;
}
#endif

uint32_t crc32c(uint32_t crc, const void *data, size_t len)
{
#ifdef __x86_64__
    if (__builtin_cpu_supports("sse4.2"))
        return by_instruction(crc, data, len);
#endif
    return crc32c_portable(crc, data, len);
}
