# The arithmetic that the compiled models share: sums of weighted rows.
#
# C, so that gcc makes it for the processor's widest vectors and chooses when it is loaded. With another compiler it is
# the same code, for the vectors that every processor has.

cdef extern from *:
    """
    #include <string.h>
    #if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__GLIBC__)
    /* Rows are taken one by one, so that the sums stay in registers. */
    #define WIDE __attribute__((target_clones("avx512f", "avx2", "default"), optimize("no-loop-unroll-and-jam")))
    #else
    #define WIDE
    #endif
    enum { LANES = 64 };

    /* out = the sum over k of values[k] * rows[which[k]]; a row has `width` numbers, a multiple of LANES. */
    WIDE static void weigh(const float *values, const int *which, int count, const float *rows, int width, float *out)
    {
        for (int block = 0; block < width; block += LANES) {
            float sums[LANES] = {0};
            for (int k = 0; k < count; k++) {
                const float *row = rows + (size_t)which[k] * width + block;
                const float value = values[k];
                for (int lane = 0; lane < LANES; lane++) sums[lane] += value * row[lane];
            }
            memcpy(out + block, sums, sizeof sums);
        }
    }
    """
    enum: LANES
    void weigh(const float *values, const int *which, int count, const float *rows, int width, float *out) noexcept nogil
