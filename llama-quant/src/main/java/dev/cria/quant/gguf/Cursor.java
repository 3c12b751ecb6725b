package dev.cria.quant.gguf;

import dev.cria.core.MalformedFileException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Reads a GGUF header from front to back; whatever would lie beyond the end of the file is refused before it is
 * touched.
 */
final class Cursor {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** Vocabularies of a quarter of a million pieces take some ten million bytes. */
    private static final long LARGEST_HEADER = 1L << 28;

    private final Path file;
    private final MemorySegment bytes;
    private long position;

    Cursor(Path file, MemorySegment bytes) {
        this.file = file;
        this.bytes = bytes;
    }

    long position() {
        return position;
    }

    long remaining() {
        return bytes.byteSize() - position;
    }

    MalformedFileException malformed(String problem) {
        return new MalformedFileException(file, problem);
    }

    /** Moves on by {@code count} bytes and answers where they begin. */
    private long take(long count, String what) {
        if (count < 0 || count > remaining()) {
            throw malformed("the file ends in " + what + ": " + Long.toUnsignedString(count) + " bytes expected at "
                    + position + ", " + remaining() + " are left");
        }
        if (position + count > LARGEST_HEADER) {
            throw malformed("what stands before the tensors is larger than the " + LARGEST_HEADER
                    + " bytes that are supported; it is still going on in " + what);
        }
        long start = position;
        position += count;
        return start;
    }

    int unsignedByte(String what) {
        return bytes.get(ValueLayout.JAVA_BYTE, take(1, what)) & 0xff;
    }

    short int16(String what) {
        return bytes.get(SHORT, take(2, what));
    }

    int int32(String what) {
        return bytes.get(INT, take(4, what));
    }

    long int64(String what) {
        return bytes.get(LONG, take(8, what));
    }

    /**
     * A count of things that take at least {@code bytesEach} bytes of the rest of the file each. Counts beyond
     * {@code most} are refused even where the file could hold them, because what is read here is kept in memory.
     */
    int count(int bytesEach, int most, String what) {
        return checkCount(int64("the " + what), bytesEach, most, what);
    }

    int checkCount(long count, int bytesEach, int most, String what) {
        if (count < 0 || count > remaining() / bytesEach) {
            throw malformed("the " + what + " is " + Long.toUnsignedString(count) + ", more than the " + remaining()
                    + " bytes that follow can hold");
        }
        if (count > most) {
            throw malformed("the " + what + " is " + count + ", more than the " + most + " that are supported");
        }
        return (int) count;
    }

    String string(int most, String what) {
        long length = int64("the length of " + what);
        if (length < 0 || length > remaining()) {
            throw malformed("the length of " + what + " is " + Long.toUnsignedString(length) + ", but " + remaining()
                    + " bytes are left");
        }
        if (length > most) {
            throw malformed("the length of " + what + " is " + length + " bytes, more than the " + most
                    + " that are supported");
        }
        byte[] text = new byte[(int) length];
        MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, take(length, what), text, 0, text.length);
        return new String(text, StandardCharsets.UTF_8);
    }
}
