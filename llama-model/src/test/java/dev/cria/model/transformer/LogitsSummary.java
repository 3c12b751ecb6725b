package dev.cria.model.transformer;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/** What golden data keep of logits: a few of the numbers, and a hash of the bits of all. */
public final class LogitsSummary {
    private LogitsSummary() {}

    public static String of(float[] logits) {
        ByteBuffer bits = ByteBuffer.allocate(logits.length * Float.BYTES);
        bits.asFloatBuffer().put(logits);
        try {
            return Arrays.toString(Arrays.copyOf(logits, 4)) + " SHA-256 "
                    + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(bits.array()));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e);
        }
    }
}
