package dev.cria.tokenizer.sentencepiece;

import dev.cria.core.MalformedFileException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Walks over the fields of one protobuf message (protobuf.dev/programming-guides/encoding). */
final class ProtobufReader {
    private static final int LONGEST_VARINT = 10;

    private final Path file;
    private final ByteBuffer bytes;
    private int field;
    private int wireType;

    ProtobufReader(Path file, ByteBuffer bytes) {
        this.file = file;
        this.bytes = bytes.slice().order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Moves to the next field; answers false at the end of the message. */
    boolean next() {
        if (!bytes.hasRemaining()) {
            return false;
        }
        long tag = varint();
        field = (int) (tag >>> 3);
        wireType = (int) (tag & 7);
        if (field <= 0) {
            throw malformed("field number " + field);
        }
        return true;
    }

    int field() {
        return field;
    }

    long varintValue() {
        expect(0);
        return varint();
    }

    boolean boolValue() {
        return varintValue() != 0;
    }

    float floatValue() {
        expect(5);
        need(4);
        return bytes.getFloat();
    }

    String stringValue() {
        return StandardCharsets.UTF_8.decode(bytesValue()).toString();
    }

    ProtobufReader messageValue() {
        return new ProtobufReader(file, bytesValue());
    }

    private ByteBuffer bytesValue() {
        expect(2);
        long length = varint();
        need(length);
        ByteBuffer value = bytes.slice(bytes.position(), (int) length);
        bytes.position(bytes.position() + (int) length);
        return value;
    }

    void skip() {
        switch (wireType) {
            case 0 -> varint();
            case 1 -> {
                need(8);
                bytes.getLong();
            }
            case 2 -> bytesValue();
            case 5 -> floatValue();
            default -> throw malformed("wire type " + wireType);
        }
    }

    private long varint() {
        long value = 0;
        for (int i = 0; i < LONGEST_VARINT; i++) {
            need(1);
            byte b = bytes.get();
            value |= (long) (b & 0x7f) << (7 * i);
            if (b >= 0) {
                return value;
            }
        }
        throw malformed("a number of more than " + LONGEST_VARINT + " bytes");
    }

    private void expect(int expected) {
        if (wireType != expected) {
            throw malformed("wire type " + wireType + " instead of " + expected + " in field " + field);
        }
    }

    private void need(long count) {
        if (count < 0 || count > bytes.remaining()) {
            throw malformed("a value of " + Long.toUnsignedString(count) + " bytes where " + bytes.remaining()
                    + " are left");
        }
    }

    private MalformedFileException malformed(String found) {
        return new MalformedFileException(file, "not a SentencePiece model, or cut short: found " + found);
    }
}
