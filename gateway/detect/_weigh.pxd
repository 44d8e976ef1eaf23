"""The loops in which the models' arithmetic is spent.

Why they are C: so that gcc makes them for the processor's widest vectors too, and chooses when they are loaded. With
another compiler it is the same code, for the vectors that every processor has.
"""

from libc.stdint cimport int16_t, int64_t, uint64_t

cdef extern from *:
    """
    #include <math.h>
    #include <stdint.h>
    #include <string.h>
    /* Rows are taken one by one, so that the sums stay in registers; nor are few numbers copied through memory. Not every
       module uses every loop. */
    #define SO "no-loop-unroll-and-jam", "no-tree-loop-distribute-patterns"
    #if defined(__GNUC__) && __GNUC__ >= 12 && !defined(__clang__) && defined(__x86_64__) && defined(__GLIBC__)
    #define WIDEST target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default"),
    #elif defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__GLIBC__)
    #define WIDEST target_clones("avx512f", "avx2", "default"),
    #else
    #define WIDEST
    #endif
    #if defined(__GNUC__) && !defined(__clang__)
    #define WIDE __attribute__((WIDEST optimize(SO), unused))
    #elif defined(__GNUC__)
    #define WIDE __attribute__((unused))
    #else
    #define WIDE
    #endif
    #ifdef __GNUC__
    #define SOON(place) __builtin_prefetch(place)
    #else
    #define SOON(place) ((void)(place))
    #endif
    /* Products that a compiler must not take together with the sum: for numbers that are the same on all processors. */
    #if defined(__GNUC__) && !defined(__clang__)
    #define EXACT __attribute__((WIDEST optimize("fp-contract=off", SO), unused))
    #else
    #define EXACT WIDE
    #endif
    enum { LANES = 64, FEW = 4, PART = 32, CHUNK = 16 };

    /* Times eight bytes that are 0 or 1: a bit each, in the highest byte, the first byte's lowest. */
    #if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    #define EIGHT_BITS UINT64_C(0x8040201008040201)
    #else
    #define EIGHT_BITS UINT64_C(0x0102040810204080)
    #endif

    static inline int lowest(uint64_t bits)
    {
    #ifdef __GNUC__
        return __builtin_ctzll(bits);
    #else
        int place = 0;
        while (!(bits >> place & 1)) place++;
        return place;
    #endif
    }

    /* Which of LANES flags, each 0 or 1, are 1: a bit each. */
    static inline uint64_t marked(const unsigned char *flags)
    {
        uint64_t bits = 0, eight;
        for (int place = 0; place < LANES; place += 8) {
            memcpy(&eight, flags + place, 8);
            bits |= eight * EIGHT_BITS >> 56 << place;
        }
        return bits;
    }

    /* out += the sum over k of values[k] * rows[k], of which many values are nought; a row has `width` numbers, a multiple
       of LANES. */
    WIDE static void weigh(const float *values, int count, const float *rows, int width, float *out)
    {
        for (int block = 0; block < width; block += LANES) {
            float sums[LANES], *said = out + block;
            for (int lane = 0; lane < LANES; lane++) sums[lane] = said[lane];
            for (int part = 0; part < count; part += LANES) {
                const float *some = values + part, *theirs = rows + (size_t)part * width + block;
                const int few = count - part < LANES ? count - part : LANES;
                unsigned char flags[LANES] = {0};
                for (int place = 0; place < few; place++) flags[place] = some[place] != 0;
                for (uint64_t left = marked(flags); left; left &= left - 1) {
                    const size_t k = lowest(left);
                    const float *row = theirs + k * width, value = some[k];
                    for (int lane = 0; lane < LANES; lane++) sums[lane] += value * row[lane];
                }
            }
            for (int lane = 0; lane < LANES; lane++) said[lane] = sums[lane];
        }
    }

    /* For each of FEW vectors of `count` values, out = the sum over k of values[k] * rows[k], as `weigh` adds it up: the
       rows come from memory once for all, in strips of PART columns (`aligned.in_strips`). */
    WIDE static void weigh_few(const float *values, int count, const float *rows, int width, float *out)
    {
        for (int block = 0; block < width; block += PART) {
            float sums[FEW][PART] = {{0}};
            for (int k = 0; k < count; k++) {
                const float *row = rows + (size_t)block * count + (size_t)k * PART;
                for (int one = 0; one < FEW; one++) {
                    const float value = values[(size_t)one * count + k];
                    for (int lane = 0; lane < PART; lane++) sums[one][lane] += value * row[lane];
                }
            }
            for (int one = 0; one < FEW; one++) memcpy(out + (size_t)one * width + block, sums[one], sizeof sums[one]);
        }
    }

    /* out = the sum of some rows of small numbers; a row has `width`, a multiple of LANES. */
    WIDE static void add_bytes(const signed char *table, int width, const int64_t *rows, int count, int *out)
    {
        for (int block = 0; block < width; block += LANES) {
            int sums[LANES] = {0};
            for (int one = 0; one < count; one++) {
                const signed char *row = table + rows[one] * width + block;
                for (int lane = 0; lane < LANES; lane++) sums[lane] += row[lane];
            }
            memcpy(out + block, sums, sizeof sums);
        }
    }

    /* out += a row of `size` numbers. */
    WIDE static void add_row(const float *row, int size, float *out)
    {
        for (int place = 0; place < size; place++) out[place] += row[place];
    }

    /* out += a row of `size` small numbers, each times its scale and `rare`, rounded before it is added. */
    EXACT static void add_scaled(const signed char *row, const float *scale, float rare, int size, float *out)
    {
        for (int place = 0; place < size; place++) {
            const float product = (float)row[place] * scale[place] * rare;
            out[place] += product;
        }
    }

    /* Of some rows of `width` small numbers, a multiple of PART, the first of which are `steps` times a rarity: out = the
       sum of each number times its rarity, rounded before it is added. Returns the sum of the squared rarities. */
    EXACT static float add_rated(
        const signed char *table, int width, const int64_t *rows, int count, float steps, float *out)
    {
        float squares = 0;
        for (int block = 0; block < width; block += PART) {
            float sums[PART] = {0};
            for (int one = 0; one < count; one++) {
                const signed char *row = table + rows[one] * width, *some = row + block;
                const float rare = (float)(unsigned char)row[0] / steps;
                for (int lane = 0; lane < PART; lane++) {
                    const float product = (float)some[lane] * rare;
                    sums[lane] += product;
                }
            }
            memcpy(out + block, sums, sizeof sums);
        }
        for (int one = 0; one < count; one++) {
            const float rare = (float)(unsigned char)table[rows[one] * width] / steps;
            const float square = rare * rare;
            squares += square;
        }
        return squares;
    }

    /* A word's activations: what it (with the bias) and its neighbours say; nought where that is below nought, NaN
       stays. Returns which are not nought, a bit each; there are at most 64. */
    WIDE static uint64_t activate(
        const float *a, const float *b, const float *c, const float *d, int size, float *__restrict out)
    {
        unsigned char flags[LANES] = {0};
        for (int place = 0; place < size; place++) {
            const float said = a[place] + b[place] + c[place] + d[place];
            out[place] = said <= 0 ? 0 : said;
        }
        for (int place = 0; place < size; place++) flags[place] = out[place] != 0;
        return marked(flags);
    }

    /* For each of `count` words, what it and the words `gap` before and behind it say: `bias`, plus the sum over the
       active k of values[k] * rows[k], of three times `size` rows; nought where that is below nought, NaN stays. `highest`
       and `total`, of `size` numbers, take it in; `said`, if it is not NULL, is what each word says. `values` begin with
       the first word before; they, `bias` and `said` go on by `width` a word, a multiple of LANES; `active` by width /
       LANES. */
    WIDE static void take_in(
        const float *values, const uint64_t *active, int count, int gap, const float *rows, const float *bias, int size,
        int width, float *highest, float *total, float *said)
    {
        const int parts = width / LANES;
        for (int block = 0; block < size; block += LANES) {
            const int bytes = (size - block < LANES ? size - block : LANES) * (int)sizeof(float);
            const float *own = bias + block;
            float most[LANES] = {0}, all[LANES] = {0};
            memcpy(most, highest + block, bytes);
            memcpy(all, total + block, bytes);
            for (int word = 0; word < count; word++) {
                float sums[LANES];
                for (int lane = 0; lane < LANES; lane++) sums[lane] = own[lane];
                for (int near = 0; near < 3; near++)
                    for (int part = 0; part < parts; part++) {
                        const size_t at = (size_t)(word + near * gap) * parts + part;
                        const float *some = values + at * LANES;
                        const float *theirs = rows + ((size_t)near * size + part * LANES) * width + block;
                        for (uint64_t left = active[at]; left; left &= left - 1) {
                            const size_t k = lowest(left);
                            const float *row = theirs + k * width, value = some[k];
                            for (int lane = 0; lane < LANES; lane++) sums[lane] += value * row[lane];
                        }
                    }
                for (int lane = 0; lane < LANES; lane++) {
                    sums[lane] = sums[lane] <= 0 ? 0 : sums[lane];
                    most[lane] = sums[lane] <= most[lane] ? most[lane] : sums[lane];
                    all[lane] += sums[lane];
                }
                if (said) memcpy(said + (size_t)word * width + block, sums, sizeof sums);
            }
            memcpy(highest + block, most, bytes);
            memcpy(total + block, all, bytes);
        }
    }

    /* Has `highest` and `total` take in what `count` words are known to say, as `take_in` does. */
    WIDE static void take_up(const float *said, int count, int size, int width, float *highest, float *total)
    {
        for (int block = 0; block < size; block += LANES) {
            const int bytes = (size - block < LANES ? size - block : LANES) * (int)sizeof(float);
            float most[LANES] = {0}, all[LANES] = {0};
            memcpy(most, highest + block, bytes);
            memcpy(all, total + block, bytes);
            for (int word = 0; word < count; word++) {
                const float *own = said + (size_t)word * width + block;
                for (int lane = 0; lane < LANES; lane++) {
                    most[lane] = own[lane] <= most[lane] ? most[lane] : own[lane];
                    all[lane] += own[lane];
                }
            }
            memcpy(highest + block, most, bytes);
            memcpy(total + block, all, bytes);
        }
    }

    /* out = what a state was, plus what a layer (with the bias) says, nought where that is below nought; NaN stays. */
    WIDE static void settle(const float *state, const float *bias, int size, float *__restrict out)
    {
        for (int place = 0; place < size; place++) {
            const float said = out[place] + bias[place];
            out[place] = state[place] + (said <= 0 ? 0 : said);
        }
    }

    /* out += rows of `size` small numbers, a multiple of LANES, each times its scale, one row after the other. */
    WIDE static void add_small(
        const signed char *rows, const float *scales, const int64_t *which, int count, int size, float *out)
    {
        for (int block = 0; block < size; block += LANES) {
            float sums[LANES];
            memcpy(sums, out + block, sizeof sums);
            for (int k = 0; k < count; k++) {
                const signed char *row = rows + (size_t)which[k] * size + block;
                const float scale = scales[which[k]];
                for (int lane = 0; lane < LANES; lane++) sums[lane] += scale * (float)row[lane];
            }
            memcpy(out + block, sums, sizeof sums);
        }
    }

    /* out = the numbers times `fixed` (a power of two) as the nearest whole ones, the highest or lowest of 16 bits if it
       is beyond them. Returns whether all are finite. */
    WIDE static int to_whole(const float *numbers, float fixed, int size, int16_t *out)
    {
        int wrong = 0;
        for (int place = 0; place < size; place++) {
            const float whole = rintf(numbers[place] * fixed);
            const float least = whole < 32767 ? whole : 32767;
            wrong |= !(numbers[place] - numbers[place] == 0);
            out[place] = (int16_t)(int)(least > -32767 ? least : -32767);
        }
        return !wrong;
    }

    /* A word's first layer: `unit` times what it (with the bias) and its neighbours say, and `share` times the sums of
       all around it, which first come to hold one word more and one less; numbers below nought are nought. Returns its
       product with `probe`. `width` is a multiple of LANES. Places are `size_t`: Python has compilers take sums of `int`
       for such as may begin anew below nought, and then none of this would be vectors. */
    WIDE static float first_layer(
        const int16_t *here, const int16_t *far_back, const int16_t *back, const int16_t *on, const int16_t *far_on,
        float unit, int *__restrict sums, const int16_t *come, const int16_t *gone, float share, const float *probe,
        int width, float *__restrict out)
    {
        float lanes[LANES] = {0};
        for (size_t block = 0; block < (size_t)width; block += LANES) {
            for (size_t place = block; place < block + LANES; place++) {
                const int sum = sums[place] + come[place] - gone[place];
                const int near = here[place] + far_back[place] + back[place] + on[place] + far_on[place];
                const float said = (float)near * unit + (float)sum * share;
                sums[place] = sum;
                out[place] = said <= 0 ? 0 : said;
            }
            for (size_t lane = 0; lane < LANES; lane++) lanes[lane] += out[block + lane] * probe[block + lane];
        }
        /* By halves whose size the compiler knows: they stay in registers. */
        for (int lane = 0; lane < LANES / 2; lane++) lanes[lane] += lanes[lane + LANES / 2];
        for (int lane = 0; lane < LANES / 4; lane++) lanes[lane] += lanes[lane + LANES / 4];
        for (int lane = 0; lane < LANES / 8; lane++) lanes[lane] += lanes[lane + LANES / 8];
        for (int lane = 0; lane < LANES / 16; lane++) lanes[lane] += lanes[lane + LANES / 16];
        return (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
    }
    """
    enum: LANES, FEW, PART, CHUNK
    void weigh(const float *values, int count, const float *rows, int width, float *out) noexcept nogil
    uint64_t activate(
        const float *a, const float *b, const float *c, const float *d, int size, float *out
    ) noexcept nogil
    void settle(const float *state, const float *bias, int size, float *out) noexcept nogil
    void take_in(
        const float *values, const uint64_t *active, int count, int gap, const float *rows, const float *bias, int size,
        int width, float *highest, float *total, float *said
    ) noexcept nogil
    void take_up(
        const float *said, int count, int size, int width, float *highest, float *total
    ) noexcept nogil
    void weigh_few(const float *values, int count, const float *rows, int width, float *out) noexcept nogil
    void add_bytes(const signed char *table, int width, const int64_t *rows, int count, int *out) noexcept nogil
    float add_rated(
        const signed char *table, int width, const int64_t *rows, int count, float steps, float *out
    ) noexcept nogil
    void add_row(const float *row, int size, float *out) noexcept nogil
    void add_scaled(const signed char *row, const float *scale, float rare, int size, float *out) noexcept nogil
    void add_small(
        const signed char *rows, const float *scales, const int64_t *which, int count, int size, float *out
    ) noexcept nogil
    bint to_whole(const float *numbers, float fixed, int size, int16_t *out) noexcept nogil
    float first_layer(
        const int16_t *here, const int16_t *far_back, const int16_t *back, const int16_t *on, const int16_t *far_on,
        float unit, int *sums, const int16_t *come, const int16_t *gone, float share, const float *probe, int width,
        float *out
    ) noexcept nogil
    void SOON(const void *place) noexcept nogil

