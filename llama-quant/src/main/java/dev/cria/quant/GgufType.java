package dev.cria.quant;

import java.util.Arrays;
import java.util.Optional;

/** The types that a metadata value, or the elements of an array of values, can have in a GGUF file. */
public enum GgufType {
    /** Unsigned, 8 bits. */
    UINT8(0, 1),
    /** Signed, 8 bits. */
    INT8(1, 1),
    /** Unsigned, 16 bits. */
    UINT16(2, 2),
    /** Signed, 16 bits. */
    INT16(3, 2),
    /** Unsigned, 32 bits. */
    UINT32(4, 4),
    /** Signed, 32 bits. */
    INT32(5, 4),
    /** IEEE binary32. */
    FLOAT32(6, 4),
    /** A truth value. */
    BOOL(7, 1),
    /** UTF-8 text. */
    STRING(8, 8),
    /** Unsigned, 64 bits; values beyond the signed range are refused. */
    UINT64(10, 8),
    /** Signed, 64 bits. */
    INT64(11, 8),
    /** IEEE binary64. */
    FLOAT64(12, 8);

    private final int id;
    private final int leastBytes;

    GgufType(int id, int leastBytes) {
        this.id = id;
        this.leastBytes = leastBytes;
    }

    /** {@return the number by which GGUF files name the type} */
    public int id() {
        return id;
    }

    /** {@return the bytes of a value; of a text, the bytes of its length} */
    public int leastBytes() {
        return leastBytes;
    }

    /**
     * {@return whether a whole number can be stored in this type}
     *
     * @param value the number
     */
    public boolean holds(long value) {
        return switch (this) {
            case UINT8 -> value >= 0 && value <= 0xff;
            case INT8 -> value == (byte) value;
            case UINT16 -> value >= 0 && value <= 0xffff;
            case INT16 -> value == (short) value;
            case UINT32 -> value >= 0 && value <= 0xffffffffL;
            case INT32 -> value == (int) value;
            case UINT64 -> value >= 0;
            case INT64 -> true;
            case FLOAT32, FLOAT64, BOOL, STRING -> false;
        };
    }

    /**
     * {@return the type that GGUF files name by this number; none for arrays, whose number is 9}
     *
     * @param id the number
     */
    public static Optional<GgufType> ofId(int id) {
        return Arrays.stream(values()).filter(type -> type.id == id).findFirst();
    }
}
