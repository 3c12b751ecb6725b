package dev.cria.quant;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * A GGUF file as its specification writes it down, field by field, so that any of them can be wrong
 * (github.com/ggml-org/ggml, docs/gguf.md).
 */
final class GgufBytes {
    static final int UINT32 = 4;
    static final int STRING = 8;
    static final int ARRAY = 9;

    private final List<byte[]> keys = new ArrayList<>();
    private final List<byte[]> tensors = new ArrayList<>();
    private int magic = 0x46554747;
    private int version = 3;
    private OptionalLong countedKeys = OptionalLong.empty();
    private OptionalLong countedTensors = OptionalLong.empty();
    private int data;

    /** {@return two keys, an array of texts, and two tensors of 8 floats each} */
    static GgufBytes valid() {
        return new GgufBytes().key("general.architecture", STRING, text("llama"))
                .key("llama.block_count", UINT32, int32(1))
                .key("tokenizer.ggml.tokens", ARRAY, int32(STRING), int64(2), text("<unk>"), text("a"))
                .tensor("first", 0, 0, 8).tensor("second", 0, 32, 8).data(64);
    }

    GgufBytes magic(int letters) {
        magic = letters;
        return this;
    }

    GgufBytes version(int number) {
        version = number;
        return this;
    }

    /** Says that there are so many keys, whatever there are. */
    GgufBytes countedKeys(long count) {
        countedKeys = OptionalLong.of(count);
        return this;
    }

    /** Says that there are so many tensors, whatever there are. */
    GgufBytes countedTensors(long count) {
        countedTensors = OptionalLong.of(count);
        return this;
    }

    GgufBytes key(String name, int type, byte[]... value) {
        return key(text(name), type, value);
    }

    GgufBytes key(byte[] name, int type, byte[]... value) {
        keys.add(join(name, int32(type), join(value)));
        return this;
    }

    /** Describes a tensor; the data is not its business. */
    GgufBytes tensor(String name, int type, long offset, long... shape) {
        byte[] extents = {};
        for (long extent : shape) {
            extents = join(extents, int64(extent));
        }
        tensors.add(join(text(name), int32(shape.length), extents, int32(type), int64(offset)));
        return this;
    }

    GgufBytes data(int bytes) {
        data = bytes;
        return this;
    }

    byte[] bytes() {
        byte[] header = join(int32(magic), int32(version), int64(countedTensors.orElse(tensors.size())),
                int64(countedKeys.orElse(keys.size())), join(keys.toArray(byte[][]::new)),
                join(tensors.toArray(byte[][]::new)));
        return join(header, new byte[(32 - header.length % 32) % 32], new byte[data]);
    }

    Path write(Path path) throws IOException {
        return Files.write(path, bytes());
    }

    static byte[] int32(int value) {
        return ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array();
    }

    static byte[] int64(long value) {
        return ByteBuffer.allocate(8).order(ByteOrder.LITTLE_ENDIAN).putLong(value).array();
    }

    static byte[] text(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        return join(int64(utf8.length), utf8);
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            joined.writeBytes(part);
        }
        return joined.toByteArray();
    }
}
