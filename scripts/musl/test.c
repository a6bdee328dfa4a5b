/* Compares memory.c with loops over bytes, at every length and overlap up to a bound. Ends with 0 where all agree. */

#include <stddef.h>
#include <stdio.h>

typedef unsigned char byte;

void *__wrap_memcpy(void *, const void *, size_t);
void *__wrap_memmove(void *, const void *, size_t);
void *__wrap_memset(void *, int, size_t);
int __wrap_memcmp(const void *, const void *, size_t);
int __wrap_bcmp(const void *, const void *, size_t);

#define ROOM 9000
static byte found[ROOM], expected[ROOM], source[ROOM];

static void fill(byte *at, unsigned seed) {
    for (size_t n = 0; n < ROOM; n++) {
        seed = seed * 1103515245u + 12345u;
        at[n] = (byte)(seed >> 16);
    }
}

static int fail(const char *what, size_t length, size_t to, size_t from) {
    printf("%s of %zu bytes at %zu from %zu\n", what, length, to, from);
    return 1;
}

static int differ(void) {
    for (size_t n = 0; n < ROOM; n++) {
        if (found[n] != expected[n]) {
            return 1;
        }
    }
    return 0;
}

static int sign(int value) { return (value > 0) - (value < 0); }

static int compared(size_t length) {
    fill(found, 3);
    fill(expected, 3);
    if (__wrap_memcmp(found + 1, expected + 1, length) || __wrap_bcmp(found + 1, expected + 1, length)) {
        return 0;
    }
    for (size_t at = 0; at < length; at += 1 + length / 40) {
        byte kept = found[1 + at];
        for (int change = -1; change <= 1; change += 2) {
            found[1 + at] = (byte)(kept + change);
            found[1 + length] ^= 0x55;
            if (sign(__wrap_memcmp(found + 1, expected + 1, length)) != sign(found[1 + at] - expected[1 + at])) {
                return 0;
            }
        }
        found[1 + at] = kept;
    }
    return 1;
}

int main(void) {
    for (size_t length = 0; length <= 4200; length += length < 300 ? 1 : 61) {
        for (size_t to = 0; to <= 400; to += length < 300 ? 31 : 133) {
            for (size_t from = 0; from <= 400; from += length < 300 ? 29 : 57) {
                fill(found, 1);
                fill(expected, 1);
                for (size_t n = 0; n < length; n++) {
                    source[n] = expected[from + n];
                }
                for (size_t n = 0; n < length; n++) {
                    expected[to + n] = source[n];
                }
                if (__wrap_memmove(found + to, found + from, length) != found + to || differ()) {
                    return fail("memmove", length, to, from);
                }
            }
            fill(source, 2);
            fill(found, 1);
            fill(expected, 1);
            for (size_t n = 0; n < length; n++) {
                expected[to + n] = source[n + 3];
            }
            if (__wrap_memcpy(found + to, source + 3, length) != found + to || differ()) {
                return fail("memcpy", length, to, 3);
            }
            for (size_t n = 0; n < length; n++) {
                expected[to + n] = 0xa7;
            }
            if (__wrap_memset(found + to, 0x7a7, length) != found + to || differ()) {
                return fail("memset", length, to, 0);
            }
        }
        if (!compared(length)) {
            return fail("memcmp", length, 1, 1);
        }
    }
    return 0;
}
