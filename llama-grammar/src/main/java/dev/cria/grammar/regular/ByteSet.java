package dev.cria.grammar.regular;

/**
 * A set of bytes.
 *
 * @param w0 bits of the bytes 0 to 63
 * @param w1 bits of the bytes 64 to 127
 * @param w2 bits of the bytes 128 to 191
 * @param w3 bits of the bytes 192 to 255
 */
public record ByteSet(long w0, long w1, long w2, long w3) {
    /** No byte. */
    public static final ByteSet NONE = new ByteSet(0, 0, 0, 0);

    /** {@return the bytes from one to another, both included} */
    public static ByteSet range(int first, int last) {
        return new ByteSet(word(first, last, 0), word(first, last, 64), word(first, last, 128), word(first, last, 192));
    }

    private static long word(int first, int last, int base) {
        int from = Math.max(first - base, 0);
        int to = Math.min(last - base, 63);
        return from > to ? 0 : -1L >>> (63 - (to - from)) << from;
    }

    /** {@return whether a byte, 0 to 255, is in the set} */
    public boolean contains(int value) {
        long word = switch (value >> 6) {
            case 0 -> w0;
            case 1 -> w1;
            case 2 -> w2;
            default -> w3;
        };
        return (word >>> value & 1) != 0;
    }

    /** {@return the bytes that are in this set or in the other} */
    public ByteSet or(ByteSet other) {
        return new ByteSet(w0 | other.w0, w1 | other.w1, w2 | other.w2, w3 | other.w3);
    }

    /** {@return whether no byte is in the set} */
    public boolean isEmpty() {
        return (w0 | w1 | w2 | w3) == 0;
    }
}
