/*
 * memcpy, memmove, memset and memcmp for the static build on x86-64. Those of musl copy by `rep movsq` whatever the
 * length and compare byte by byte; exports, which copy many short texts, took half as long again with them.
 *
 * scripts/dist.sh links them in the place of musl's: `--wrap` turns each call of NAME into one of __wrap_NAME.
 * SSE2 is part of every x86-64 processor. scripts/musl/test.c compares them with loops over bytes.
 */

#include <emmintrin.h>
#include <stddef.h>
#include <stdint.h>

typedef unsigned char byte;

/* From this length on the processor copies best by itself. */
#define LONG_COPY 2048

static inline __m128i load(const byte *from) { return _mm_loadu_si128((const __m128i *)from); }

static inline void store(byte *to, __m128i value) { _mm_storeu_si128((__m128i *)to, value); }

/* Unaligned reads and writes of a few bytes, which compilers make one instruction. */
#define SHORT(type, name)                                                                                              \
    typedef struct {                                                                                                   \
        type value;                                                                                                    \
    } __attribute__((packed, may_alias)) name;
SHORT(uint64_t, eight)
SHORT(uint32_t, four)
SHORT(uint16_t, two)

/* Copies up to 16 bytes: all is read before any is written. */
static inline void copy_short(byte *to, const byte *from, size_t length) {
    if (length >= 8) {
        eight first = *(const eight *)from, last = *(const eight *)(from + length - 8);
        *(eight *)to = first;
        *(eight *)(to + length - 8) = last;
    } else if (length >= 4) {
        four first = *(const four *)from, last = *(const four *)(from + length - 4);
        *(four *)to = first;
        *(four *)(to + length - 4) = last;
    } else if (length >= 2) {
        two first = *(const two *)from, last = *(const two *)(from + length - 2);
        *(two *)to = first;
        *(two *)(to + length - 2) = last;
    } else if (length) {
        *to = *from;
    }
}

/* Copies 17 to 128 bytes: all is read before any is written. */
static inline void copy_middle(byte *to, const byte *from, size_t length) {
    const byte *end = from + length;
    byte *to_end = to + length;
    __m128i a = load(from), z = load(end - 16);
    if (length > 32) {
        __m128i b = load(from + 16), y = load(end - 32);
        if (length > 64) {
            __m128i c = load(from + 32), d = load(from + 48), w = load(end - 64), x = load(end - 48);
            store(to + 32, c);
            store(to + 48, d);
            store(to_end - 64, w);
            store(to_end - 48, x);
        }
        store(to + 16, b);
        store(to_end - 32, y);
    }
    store(to, a);
    store(to_end - 16, z);
}

/* Copies more than 128 bytes, the first ones first. */
static inline void copy_forwards(byte *to, const byte *from, size_t length) {
    const byte *end = from + length;
    byte *to_end = to + length;
    __m128i w = load(end - 64), x = load(end - 48), y = load(end - 32), z = load(end - 16);
    for (; length > 64; length -= 64, from += 64, to += 64) {
        __m128i a = load(from), b = load(from + 16), c = load(from + 32), d = load(from + 48);
        store(to, a);
        store(to + 16, b);
        store(to + 32, c);
        store(to + 48, d);
    }
    store(to_end - 64, w);
    store(to_end - 48, x);
    store(to_end - 32, y);
    store(to_end - 16, z);
}

/* Copies more than 128 bytes, the last ones first. */
static inline void copy_backwards(byte *to, const byte *from, size_t length) {
    __m128i a = load(from), b = load(from + 16), c = load(from + 32), d = load(from + 48);
    for (; length > 64; length -= 64) {
        const byte *end = from + length;
        byte *to_end = to + length;
        __m128i w = load(end - 64), x = load(end - 48), y = load(end - 32), z = load(end - 16);
        store(to_end - 64, w);
        store(to_end - 48, x);
        store(to_end - 32, y);
        store(to_end - 16, z);
    }
    store(to, a);
    store(to + 16, b);
    store(to + 32, c);
    store(to + 48, d);
}

void *__wrap_memmove(void *to, const void *from, size_t length) {
    /* Beyond the length where `to` stands before `from`. */
    size_t ahead = (size_t)((uintptr_t)to - (uintptr_t)from);
    if (length <= 16) {
        copy_short(to, from, length);
    } else if (length <= 128) {
        copy_middle(to, from, length);
    } else if (ahead < length) {
        copy_backwards(to, from, length);
    } else {
        copy_forwards(to, from, length);
    }
    return to;
}

void *__wrap_memcpy(void *to, const void *from, size_t length) {
    if (length < LONG_COPY) {
        return __wrap_memmove(to, from, length);
    }
    void *start = to;
    __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(length) : : "memory");
    return start;
}

void *__wrap_memset(void *to, int value, size_t length) {
    byte *at = to, *end = at + length;
    uint64_t word = 0x0101010101010101u * (byte)value;
    if (length >= 16) {
        __m128i all = _mm_set1_epi8((char)value);
        if (length >= LONG_COPY) {
            void *rest = to;
            __asm__ volatile("rep stosb" : "+D"(rest), "+c"(length) : "a"(value) : "memory");
            return to;
        }
        for (; (size_t)(end - at) > 16; at += 16) {
            store(at, all);
        }
        store(end - 16, all);
    } else if (length >= 8) {
        *(eight *)at = (eight){word};
        *(eight *)(end - 8) = (eight){word};
    } else if (length >= 4) {
        *(four *)at = (four){(uint32_t)word};
        *(four *)(end - 4) = (four){(uint32_t)word};
    } else {
        while (at < end) {
            *at++ = (byte)value;
        }
    }
    return to;
}

int __wrap_memcmp(const void *one, const void *other, size_t length) {
    const byte *a = one, *b = other;
    size_t at = 0;
    while (length - at >= 16) {
        unsigned same = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(load(a + at), load(b + at)));
        if (same != 0xffff) {
            at += (size_t)__builtin_ctz(~same);
            return a[at] - b[at];
        }
        at += 16;
    }
    if (length - at >= 8) {
        uint64_t x = ((const eight *)(a + at))->value, y = ((const eight *)(b + at))->value;
        if (x != y) {
            at += (size_t)__builtin_ctzll(x ^ y) / 8;
            return a[at] - b[at];
        }
        at += 8;
    }
    for (; at < length; at++) {
        if (a[at] != b[at]) {
            return a[at] - b[at];
        }
    }
    return 0;
}

int __wrap_bcmp(const void *one, const void *other, size_t length) { return __wrap_memcmp(one, other, length); }
