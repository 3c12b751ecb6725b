package dev.cria.quant.gguf;

import dev.cria.quant.GgufType;
import dev.cria.quant.QuantType;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Writes what stands before the data of a GGUF file of version 3, front to back. */
public final class HeaderBytes {
    private static final int VERSION = 3;
    private static final int ARRAY = 9;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    /**
     * Begins a file.
     *
     * @param tensors number of tensors
     * @param keys number of metadata keys
     */
    public HeaderBytes(int tensors, int keys) {
        int32(GgufHeader.MAGIC);
        int32(VERSION);
        int64(tensors);
        int64(keys);
    }

    /**
     * Writes one metadata value.
     *
     * @param key its key
     * @param type its type, or that of the elements
     * @param value Long, Double, Boolean or String as the type demands, or a list of these
     */
    public void metadata(String key, GgufType type, Object value) {
        string(key);
        if (value instanceof List<?> elements) {
            int32(ARRAY);
            int32(type.id());
            int64(elements.size());
            elements.forEach(element -> value(type, element));
        } else {
            int32(type.id());
            value(type, value);
        }
    }

    /**
     * Writes the description of a tensor.
     *
     * @param name its name
     * @param type storage format
     * @param shape extents, fastest first
     * @param offset where its data begins in the data section
     */
    public void tensor(String name, QuantType type, List<Long> shape, long offset) {
        string(name);
        int32(shape.size());
        shape.forEach(this::int64);
        int32(type.ggmlId());
        int64(offset);
    }

    /** {@return everything written so far} */
    public byte[] toByteArray() {
        return bytes.toByteArray();
    }

    private void value(GgufType type, Object value) {
        switch (type) {
            case UINT8, INT8 -> bytes.write(((Long) value).intValue());
            case UINT16, INT16 -> little((Long) value, Short.BYTES);
            case UINT32, INT32 -> int32(((Long) value).intValue());
            case UINT64, INT64 -> int64((Long) value);
            case FLOAT32 -> int32(Float.floatToRawIntBits(((Double) value).floatValue()));
            case FLOAT64 -> int64(Double.doubleToRawLongBits((Double) value));
            case BOOL -> bytes.write((Boolean) value ? 1 : 0);
            case STRING -> string((String) value);
        }
    }

    private void string(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        int64(utf8.length);
        bytes.writeBytes(utf8);
    }

    private void int32(int value) {
        little(value, Integer.BYTES);
    }

    private void int64(long value) {
        little(value, Long.BYTES);
    }

    private void little(long value, int count) {
        for (int i = 0; i < count; i++) {
            bytes.write((int) (value >> (8 * i)));
        }
    }
}
