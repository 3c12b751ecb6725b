package dev.cria.model.loading;

import dev.cria.quant.QuantType;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

/** Writes a small checkpoint as torch.save does: a pickle of a dictionary and a stored member for each tensor. */
final class TorchArchive {
    private record Tensor(int[] shape, byte[] data, String storage, int elementBytes) {}

    private final SequencedMap<String, Tensor> tensors = new LinkedHashMap<>();

    /** Adds a tensor of floats. */
    TorchArchive add(String name, float[] values, int... shape) {
        return add(name, QuantType.F32, values, shape);
    }

    /** Adds a tensor of floats of 32 or 16 bits. */
    TorchArchive add(String name, QuantType type, float[] values, int... shape) {
        String storage = switch (type) {
            case F32 -> "FloatStorage";
            case F16 -> "HalfStorage";
            case BF16 -> "BFloat16Storage";
            default -> throw new IllegalArgumentException("PyTorch has no type " + type);
        };
        byte[] data = new byte[values.length * type.blockBytes()];
        type.encode(values, 0, values.length, MemorySegment.ofArray(data), 0);
        tensors.put(name, new Tensor(shape, data, storage, type.blockBytes()));
        return this;
    }

    /** Adds a tensor of 16-bit floats. The array is not copied. */
    TorchArchive addHalves(String name, byte[] data, int... shape) {
        tensors.put(name, new Tensor(shape, data, "HalfStorage", Short.BYTES));
        return this;
    }

    Path write(Path path) throws IOException {
        return write(path, pickle());
    }

    /** Writes the tensors' data with another pickle. */
    Path write(Path path, byte[] pickle) throws IOException {
        try (OutputStream file = Files.newOutputStream(path); ZipOutputStream zip = new ZipOutputStream(file)) {
            zip.setMethod(ZipOutputStream.STORED);
            member(zip, "archive/data.pkl", pickle);
            member(zip, "archive/version", new byte[]{'3', '\n'});
            int key = 0;
            for (Tensor tensor : tensors.values()) {
                member(zip, "archive/data/" + key++, tensor.data);
            }
        }
        return path;
    }

    private static void member(ZipOutputStream zip, String name, byte[] data) throws IOException {
        CRC32 sum = new CRC32();
        sum.update(data);
        ZipEntry entry = new ZipEntry(name);
        entry.setSize(data.length);
        entry.setCompressedSize(data.length);
        entry.setCrc(sum.getValue());
        zip.putNextEntry(entry);
        zip.write(data);
        zip.closeEntry();
    }

    byte[] pickle() throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(new byte[]{(byte) 0x80, 2, '}', '('});
        int key = 0;
        for (Map.Entry<String, Tensor> entry : tensors.entrySet()) {
            int[] shape = entry.getValue().shape;
            text(out, entry.getKey());
            out.writeBytes("ctorch._utils\n_rebuild_tensor_v2\n((".getBytes(StandardCharsets.US_ASCII));
            text(out, "storage");
            out.writeBytes(("ctorch\n" + entry.getValue().storage + "\n").getBytes(StandardCharsets.US_ASCII));
            text(out, Integer.toString(key++));
            text(out, "cpu");
            integer(out, entry.getValue().data.length / entry.getValue().elementBytes);
            out.writeBytes("tQK\0(".getBytes(StandardCharsets.US_ASCII));
            for (int extent : shape) {
                integer(out, extent);
            }
            out.writeBytes("t(".getBytes(StandardCharsets.US_ASCII));
            for (int i = 0; i < shape.length; i++) {
                integer(out, i + 1 < shape.length ? shape[i + 1] : 1);
            }
            out.writeBytes(new byte[]{'t', (byte) 0x89, '}', 't', 'R'});
        }
        out.write('u');
        out.write('.');
        return out.toByteArray();
    }

    private static void text(ByteArrayOutputStream out, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        out.write('X');
        out.writeBytes(ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(bytes.length).array());
        out.writeBytes(bytes);
    }

    private static void integer(ByteArrayOutputStream out, int value) {
        out.write('J');
        out.writeBytes(ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
    }
}
