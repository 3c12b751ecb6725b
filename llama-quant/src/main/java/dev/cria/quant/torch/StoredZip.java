package dev.cria.quant.torch;

import dev.cria.core.MalformedFileException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.SequencedMap;

/**
 * The members of a ZIP archive that are stored without compression, where they lie in the file (PKWARE's APPNOTE,
 * sections 4.3 and 4.5.3 for ZIP64).
 *
 * @param members place of each member by name, in the order of the directory
 */
public record StoredZip(SequencedMap<String, Member> members) {
    private static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private static final int END = 0x06054b50;
    private static final int END_BYTES = 22;
    private static final int LONGEST_COMMENT = 0xffff;
    private static final int LOCATOR64 = 0x07064b50;
    private static final int LOCATOR64_BYTES = 20;
    private static final int END64 = 0x06064b50;
    private static final int END64_BYTES = 56;
    private static final int ENTRY = 0x02014b50;
    private static final int ENTRY_BYTES = 46;
    private static final int LOCAL = 0x04034b50;
    private static final int LOCAL_BYTES = 30;
    private static final int ENCRYPTED = 1;
    private static final int EXTRA_ZIP64 = 1;
    private static final long IN_EXTRA = 0xffffffffL;
    private static final int MOST_MEMBERS = 1 << 20;

    /**
     * Where a member's data lie.
     *
     * @param offset from the beginning of the archive, in bytes
     * @param size in bytes
     */
    public record Member(long offset, long size) {}

    /**
     * Reads the directory of an archive.
     *
     * @param file the archive, for messages
     * @param bytes the whole archive
     * @return its members
     * @throws MalformedFileException if it is not a ZIP archive, is cut short, or has compressed or encrypted members
     */
    public static StoredZip read(Path file, MemorySegment bytes) {
        return new Reader(file, bytes).read();
    }

    private record Reader(Path file, MemorySegment bytes) {
        StoredZip read() {
            long end = findEnd();
            long count = bytes.get(SHORT, end + 10) & 0xffff;
            long directorySize = Integer.toUnsignedLong(bytes.get(INT, end + 12));
            long directory = Integer.toUnsignedLong(bytes.get(INT, end + 16));
            long locator = end - LOCATOR64_BYTES;
            if (locator >= 0 && bytes.get(INT, locator) == LOCATOR64) {
                long end64 = bytes.get(LONG, locator + 8);
                require(end64, END64_BYTES, "its ZIP64 end record");
                if (bytes.get(INT, end64) != END64) {
                    throw malformed("the ZIP64 end record is not where it should be");
                }
                count = bytes.get(LONG, end64 + 32);
                directorySize = bytes.get(LONG, end64 + 40);
                directory = bytes.get(LONG, end64 + 48);
            }
            require(directory, directorySize, "its directory");
            if (count < 0 || count > MOST_MEMBERS || count > directorySize / ENTRY_BYTES) {
                throw malformed("the directory should have " + Long.toUnsignedString(count) + " members in "
                        + directorySize + " bytes");
            }
            SequencedMap<String, Member> members = new LinkedHashMap<>();
            long position = directory;
            for (long i = 0; i < count; i++) {
                position = member(position, members);
            }
            return new StoredZip(members);
        }

        private long findEnd() {
            long last = bytes.byteSize() - END_BYTES;
            for (long at = last; at >= Math.max(0, last - LONGEST_COMMENT); at--) {
                if (bytes.get(INT, at) == END) {
                    return at;
                }
            }
            boolean begins = bytes.byteSize() >= Integer.BYTES && bytes.get(INT, 0) == LOCAL;
            throw malformed(begins
                    ? "the file is cut short: it begins as a ZIP archive but has no end record"
                    : "not a ZIP archive, as PyTorch 1.6 and later write them; load and save older files with PyTorch");
        }

        private long member(long position, SequencedMap<String, Member> members) {
            require(position, ENTRY_BYTES, "its directory");
            if (bytes.get(INT, position) != ENTRY) {
                throw malformed("the directory is broken at " + position);
            }
            int flags = bytes.get(SHORT, position + 8);
            int method = bytes.get(SHORT, position + 10) & 0xffff;
            long packedSize = Integer.toUnsignedLong(bytes.get(INT, position + 20));
            long size = Integer.toUnsignedLong(bytes.get(INT, position + 24));
            int nameLength = bytes.get(SHORT, position + 28) & 0xffff;
            int extraLength = bytes.get(SHORT, position + 30) & 0xffff;
            int commentLength = bytes.get(SHORT, position + 32) & 0xffff;
            long local = Integer.toUnsignedLong(bytes.get(INT, position + 42));
            long extra = position + ENTRY_BYTES + nameLength;
            long next = extra + extraLength + commentLength;
            require(position, next - position, "its directory");
            String name = new String(bytes.asSlice(position + ENTRY_BYTES, nameLength)
                    .toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);

            long wide = extra64(extra, extraLength);
            long wideEnd = wide < 0 ? wide : wide + (bytes.get(SHORT, wide - 2) & 0xffff);
            if (size == IN_EXTRA) {
                size = wide(name, wide, wideEnd);
                wide += Long.BYTES;
            }
            if (packedSize == IN_EXTRA) {
                packedSize = wide(name, wide, wideEnd);
                wide += Long.BYTES;
            }
            if (local == IN_EXTRA) {
                local = wide(name, wide, wideEnd);
            }
            if (method != 0 || packedSize != size || (flags & ENCRYPTED) != 0) {
                throw malformed("member " + name + " is compressed or encrypted; PyTorch stores members as they are");
            }
            require(local, LOCAL_BYTES, "member " + name);
            if (bytes.get(INT, local) != LOCAL) {
                throw malformed("member " + name + " is not where the directory says");
            }
            long data = local + LOCAL_BYTES + (bytes.get(SHORT, local + 26) & 0xffff)
                    + (bytes.get(SHORT, local + 28) & 0xffff);
            require(data, size, "member " + name);
            if (members.putIfAbsent(name, new Member(data, size)) != null) {
                throw malformed("member " + name + " occurs twice");
            }
            return next;
        }

        /** Where the ZIP64 numbers of a member begin, -1 without any. */
        private long extra64(long extra, int length) {
            long end = extra + length;
            for (long at = extra; at + 4 <= end;) {
                int size = bytes.get(SHORT, at + 2) & 0xffff;
                if (bytes.get(SHORT, at) == EXTRA_ZIP64 && at + 4 + size <= end) {
                    return at + 4;
                }
                at += 4 + size;
            }
            return -1;
        }

        private long wide(String name, long at, long end) {
            if (at < 0 || at + Long.BYTES > end) {
                throw malformed("member " + name + " lacks its ZIP64 sizes");
            }
            return bytes.get(LONG, at);
        }

        private void require(long offset, long size, String what) {
            if (offset < 0 || size < 0 || size > bytes.byteSize() || offset > bytes.byteSize() - size) {
                throw malformed("the file is cut short or broken: " + what + " should have "
                        + Long.toUnsignedString(size) + " bytes at " + Long.toUnsignedString(offset) + " of "
                        + bytes.byteSize());
            }
        }

        private MalformedFileException malformed(String problem) {
            return new MalformedFileException(file, problem);
        }
    }
}
